"""One patient's story, played with real bytes through the whole system."""

from deploy.demo.play import play

__all__ = ["play"]
