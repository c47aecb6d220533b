"""HL7 v2 message → facts, or a reasoned refusal. Pure: the same text and mapping give the same facts.

`families.py` says which message means what; one module per family says how; `context.py` reads a patient.
"""

from services.his_adapter.formats.hl7.translate.families import Places, entries, facts, is_ours, needs, of_directory

__all__ = ["Places", "entries", "facts", "is_ours", "needs", "of_directory"]
