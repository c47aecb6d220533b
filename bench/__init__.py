"""What CareLoop costs, each figure beside the raw limit of the same client in the same run. Never a test."""
