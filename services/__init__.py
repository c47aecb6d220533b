"""The services. None imports another; they share `shared/contracts/` and nothing else."""
