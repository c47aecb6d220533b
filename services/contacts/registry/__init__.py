"""The registry decides which person each input is about: one aggregate, the only writer of identifier → person.

`domain.py` is its decider, over `state.py`. An input that names somebody: `identifiers.py` makes HMAC keys of its
identifiers, `matching.py` finds the person, `answering.py` writes the answer; `answered.py` recognises touchpoints that
were resolved already. Records of one human: `proposing.py` and `merging.py`, over `clusters.py` and what `traits.py`
keeps of each record; `standing.py` computes which death and consents hold for all of them. `erasure_requests.py` and
`erasing.py` decide who is erased. `matcher.py` is a role: it teaches the registry the keys of existing persons.
`projections.py` shows persons by identifier, clusters, and the questions that staff must answer.
"""

from services.contacts.registry.domain import REGISTRY
from services.contacts.registry.state import Registry

__all__ = ["REGISTRY", "Registry"]
