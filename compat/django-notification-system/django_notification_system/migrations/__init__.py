"""The tables under the names that the original gave its migrations, so that a project has them already."""
