"""contacts watches no clock yet: nothing to register."""
