"""What others would do with the same records: less than we do (no outcomes, no sealing, no checkpoints of our kind)."""
