"""Who may read whom: events say which relations tie staff to persons, definitions what each role may read.

`verdict` decides, `ACCESS` is each service's copy of the relations, `readers_with` is declared by routes.
"""

from shared.access.masking import masked, masked_phone
from shared.access.reader import Reader, acting, readers_with
from shared.access.relations import ACCESS
from shared.access.verdict import Verdict, verdict

__all__ = ["ACCESS", "Reader", "Verdict", "acting", "masked", "masked_phone", "readers_with", "verdict"]
