"""Mail about what a project keeps: an object's own method says it, once it is due, to each user whom it concerns."""
