"""Files by FTP and FTPS."""
