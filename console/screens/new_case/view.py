"""What can be chosen for a case that is opened by hand."""

CATEGORIES = ("complaint", "suggestion")
SEVERITIES = ("high", "medium", "low")
SOURCES = ("phone", "desk")
