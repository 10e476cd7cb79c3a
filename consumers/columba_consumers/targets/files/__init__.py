"""The files target: to folders of this machine, and of others by FTP, FTPS and SFTP."""
