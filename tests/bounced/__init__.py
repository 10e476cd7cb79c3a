"""Mails that came back, as mail systems write them: in the shapes that they document, in words of our own."""
