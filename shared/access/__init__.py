"""Who may read whom: events say which relations tie staff to persons, definitions what each role may read.

`verdict` decides, `ACCESS` is each service's copy of the relations, `reading` is declared by routes.
"""

from shared.access.masking import masked, masked_phone
from shared.access.reader import Reader, acting, reading
from shared.access.relations import ACCESS
from shared.access.verdict import Verdict, verdict

__all__ = ["ACCESS", "Reader", "Verdict", "acting", "masked", "masked_phone", "reading", "verdict"]
