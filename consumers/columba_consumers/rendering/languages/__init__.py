"""In whose language and zone a template speaks: catalogues beside the templates, and filters for dates and numbers."""
