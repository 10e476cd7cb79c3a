"""The steps that bring a database's tables to the shape this version expects, run by Alembic."""
