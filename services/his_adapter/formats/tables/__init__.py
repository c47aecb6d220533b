"""Tables in, for hospitals that have neither HL7 nor FHIR: a drop folder for CSV and Excel, a view in their database.

A `table` definition says which column is which of our fields; `rows.py` makes each row the FHIR resources it
amounts to, and all behind it (validation, clocks, identity, the directory) is the same.
"""
