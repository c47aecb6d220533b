"""HL7 v2: bytes to text to segments, and acknowledgements. Knows the standard, not the hospital."""
