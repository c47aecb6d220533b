"""Tables, for hospitals without HL7 and FHIR: a drop folder for CSV and Excel files, or a view in their database.

A `table` definition maps columns to fields. `rows.py` turns each row into FHIR resources, which are then processed like
resources from a FHIR server.
"""
