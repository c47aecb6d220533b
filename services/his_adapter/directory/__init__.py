"""The hospital's public directory: departments, doctors, locations, clinic hours, prices, transport, news.

Entries come from master files (HL7 v2 MFN), FHIR, tables and HTTP. `domain.py` merges what the sources say about an
entry, `commands.py` has its commands; `api.py` and `projections.py` serve callers.
"""
