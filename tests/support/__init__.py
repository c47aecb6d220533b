"""What tests start: an embedded broker and database, a whole system."""
