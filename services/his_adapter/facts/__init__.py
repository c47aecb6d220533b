"""The facts that hospital messages report about a patient: visits, appointments, reports, orders, charges and others.

`domain.py` is the aggregate `Patient`: it drops repeated and late messages. `things.py` names the subject of a fact,
`clocks.py` stores one version clock per subject, `status.py` encodes the state of a subject, `news.py` says whether a
fact changes that state. `visits.py` does the same for visits and assigns steps without a visit number to a visit.
`servers.py` keeps the ids of different FHIR servers apart. `policies.py` turns stored messages into commands.
`belonging.py` checks whose a number is; `projections.py` and `files.py` have the file of each patient, `api.py`
shows received messages and what became of them.
"""
