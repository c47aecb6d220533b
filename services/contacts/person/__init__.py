"""What is kept of one person, a record of contacts: details, claims and which inputs were recorded. Pure.

`state.py` is the state of the aggregate, on which the root's `domain.py` decides. `details.py` merges what hospital
systems report, field by field; `claims.py` keeps what callers and forms say beside it until somebody confirms it.
`before_claims.py` reads logs of versions that had no claims.
"""
