"""What providers and relays post: each proves who it is, and its events become the reports that mails become."""
