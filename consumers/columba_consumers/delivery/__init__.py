"""What happens to one delivery, from the message's arrival to its acknowledgement."""
