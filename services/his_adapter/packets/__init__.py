"""Packets: the papers of a discharge or revisit, prefilled from facts that the hospital sent.

`definitions.py` lists the items of a packet, `filling.py` computes their values from facts, `domain.py` decides which
are missing, `api.py` and `projections.py` serve callers. Complaints opens a work order for each gap.
"""
