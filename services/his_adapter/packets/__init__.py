"""Formalities made faster: a packet of papers for a discharge or revisit, prefilled from what the hospital told.

`definitions.py` says what belongs into one, `filling.py` what fills it, `domain.py` fills it and knows what is missing,
`api.py` and `projections.py` are what callers see. Each gap is a work order (complaints listens).
"""
