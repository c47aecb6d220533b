"""his_adapter watches no clock yet: nothing to register."""
