"""Pigeonpost's commands."""
