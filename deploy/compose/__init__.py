"""CareLoop in containers on one machine: `compose.yaml` beside this folder, and what makes its secrets."""
