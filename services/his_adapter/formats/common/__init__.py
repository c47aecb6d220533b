"""Used by every format: store or refuse messages, check which senders a credential may use, build identifiers."""
