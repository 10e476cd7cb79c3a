"""What others post to this installation: read within bounds, and answered when it is committed."""
