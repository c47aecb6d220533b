"""Out to the hospital: appointments, registrations, beds, bills, findings, asked of hospital systems and accounted for.

`domain.py` says what becomes of a request, `writing.py` how it is put in HL7 v2, `hearing.py` what an answer means,
`identity.py` who asks, `sender.py` sends; `api.py` and `projections.py` are what callers see. Answers are matched by
MSA-2: the control id of a request is its id, at every attempt.
"""
