"""The two brokers behind one small interface."""
