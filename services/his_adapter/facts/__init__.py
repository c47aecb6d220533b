"""What one hospital system says about one patient: visits, appointments, reports, orders, charges; what stands of each.

`domain.py` takes repeats, contradictions and late news out; `things.py` names what facts are about, `clocks.py` and
`standing.py` are what is remembered of each, `news.py` what changes it; `visits.py` says which visit is meant,
`servers.py` whose an id on a FHIR server is. `policies.py` turns stored messages into commands, `replay.py`
does so again under other mappings.
"""
