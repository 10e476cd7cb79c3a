"""HTML as inboxes want it: from MJML, with its styles in the elements, and with a text for those who read no HTML."""
