"""Validators of XML."""
