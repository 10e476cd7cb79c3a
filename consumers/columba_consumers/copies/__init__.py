"""Copies of messages, published anew from the log: by the reconciler, by decisions, by the ledger, by chains."""
