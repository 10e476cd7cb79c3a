"""What bringing files costs, beside bare programs that do the same and promise nothing."""
