"""Who may read a person: relations of staff to them, emergency access and its review, and the log of who read whom.

`policies.py` turns visits, touchpoints, cases and tasks into relations of staff or departments to a person. `domain.py`
decides the commands of this room as a part of the aggregate of a person (the root's `domain.py`). `projections.py`
has the read models, `api.py` shows the reviews of emergency access, `log_api.py` the access log of all services. Every
service computes from the relations whom a caller may read: `shared/access/`.
"""
