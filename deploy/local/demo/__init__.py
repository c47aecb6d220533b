"""One patient's story, played with real bytes through the whole system."""

from deploy.local.demo.play import play

__all__ = ["play"]
