"""What `columba doctor` looks at, one file for each thing that can be out of order."""
