"""The one helper that apps had use for."""


def join_url_to_directory(url: str, directory: str) -> str:
    """Return both with one slash between them."""
    return f"{url.rstrip('/')}/{directory.lstrip('/')}"
