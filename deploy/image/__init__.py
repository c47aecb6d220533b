"""The container image: its recipe (`Dockerfile`) and its health check."""
