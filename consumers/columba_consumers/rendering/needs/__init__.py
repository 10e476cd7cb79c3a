"""What templates need: which facts, always or only in some branch, found out by reading them, without rendering."""
