"""How names, phones and numbers are written before they are compared, and what names nobody: pure."""
