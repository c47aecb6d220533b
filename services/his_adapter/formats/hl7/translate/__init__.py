"""Translate an HL7 v2 message into facts, or refuse it with a reason. Pure: text and mapping determine the facts.

`families.py` maps message types to functions, each family has a module of them, `context.py` reads PID and PV1.
"""

from services.his_adapter.formats.hl7.translate.families import Places, entries, facts, is_ours, needs, of_directory

__all__ = ["Places", "entries", "facts", "is_ours", "needs", "of_directory"]
