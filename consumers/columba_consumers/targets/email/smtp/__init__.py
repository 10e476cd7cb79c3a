"""SMTP, the client's side: connections kept and shared, one transaction at a time on each."""
