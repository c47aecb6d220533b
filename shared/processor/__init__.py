"""Faust, made safe: it watches clocks and windows, and nothing else."""
