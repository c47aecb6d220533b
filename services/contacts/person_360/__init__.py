"""The 360: everything known of a human, over all their records, and its timeline.

`projections.py` keeps a document per record, `timeline.py` an entry per event of any service. `composing.py` composes
the 360 of a human from the documents of their records when it is read, and `clinical.py` diagnoses, allergies, results
and spend from entries of the timeline; `queries.py` reads it, as of now or of a point in time.
"""

from services.contacts.person_360.composing import compose
from services.contacts.person_360.projections import PERSON_360

__all__ = ["PERSON_360", "compose"]
