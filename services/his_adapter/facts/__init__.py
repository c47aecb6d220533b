"""What one hospital system says about one patient: visits, appointments, reports, orders, charges; what stands of each.

`domain.py` takes repeats, contradictions and late news out; `clocks.py`, `standing.py` and `things.py` are what it
remembers, `visits.py` which visit is meant, `servers.py` whose an id on a FHIR server is.
"""
