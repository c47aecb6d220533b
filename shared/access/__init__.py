"""Who may read whom: one service tells what ties staff to people, definitions say what that gives each role.

`verdict` decides, `ACCESS` is each service's copy of the relations, `reading` is what a route declares.
"""

from shared.access.masking import masked, masked_phone
from shared.access.reader import Reader, acting, reading
from shared.access.relations import ACCESS
from shared.access.verdict import Verdict, verdict

__all__ = ["ACCESS", "Reader", "Verdict", "acting", "masked", "masked_phone", "reading", "verdict"]
