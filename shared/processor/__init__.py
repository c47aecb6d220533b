"""Timers with Faust, which is used for nothing else."""
