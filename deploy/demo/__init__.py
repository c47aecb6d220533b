"""The demo: the story of one patient, from HL7 messages to a resolved complaint, on a running system."""

from deploy.demo.play import play

__all__ = ["play"]
