"""What a hospital tells everybody about itself: departments, doctors, places, hours, prices, ways there, news.

It comes from master files (HL7 v2 MFN), FHIR, tables and HTTP; `domain.py` decides what is new, the rest shows it.
"""
