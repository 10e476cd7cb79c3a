"""Validators: a file that one refuses goes nowhere."""
