"""Normalises names, phones and numbers before they are compared, and recognises placeholders. Pure."""
