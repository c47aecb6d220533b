"""Requests to hospital systems: book an appointment, register, reserve a bed, ask for a bill, report a finding.

`domain.py` decides what happens to a request, `writing.py` encodes it in HL7 v2, `replies.py` interprets an answer,
`identity.py` compares the patient's identity, `sender.py` sends; `api.py` and `projections.py` serve callers. Answers
are matched by MSA-2: the control id (MSH-10) of a request is its id, at every attempt.
"""
