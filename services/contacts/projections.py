"""The read models of all rooms."""

from services.contacts.access.projections import ACCESS_REVIEWS, ACCESSES
from services.contacts.desks.projections import SAVED_VIEWS, STAFF_DESKS
from services.contacts.erasure.projections import APPROVALS, ERASURES
from services.contacts.person_360.projections import PERSON_360
from services.contacts.person_360.timeline import TIMELINE
from services.contacts.registry.projections import CLUSTERS, IDENTITIES, REVIEWS
from shared.access import ACCESS
from shared.humans import HUMANS

PROJECTIONS = (
    ERASURES,
    APPROVALS,
    PERSON_360,
    TIMELINE,
    IDENTITIES,
    CLUSTERS,
    REVIEWS,
    ACCESS,
    ACCESS_REVIEWS,
    ACCESSES,
    HUMANS,
    STAFF_DESKS,
    SAVED_VIEWS,
)
