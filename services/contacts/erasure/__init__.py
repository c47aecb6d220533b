"""Erasures: two people ask for one, a role destroys the data keys, a certificate says what is left.

`api.py` takes requests and decisions, on which the registry decides (`registry/erasure_requests.py` and `erasing.py`
there). `eraser.py` is the role that destroys the keys which the registry's events name, and keys whose time is over.
`certificate.py` computes what an erasure destroyed and what it could not reach; `projections.py` shows what waits for a
second person and what was erased.
"""
