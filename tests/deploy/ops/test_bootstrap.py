"""The API for operators is declared as a service is, but owns nothing: an update with it needs no new topic."""

from deploy.catalogue import OPS, SERVICE_NAMES, load, load_all, mounts, owner_of, unstarted
from shared.host.run import roles_of

OURS = load(OPS, unstarted())


def test_it_only_answers() -> None:
    assert roles_of(OURS) == ["api"]
    assert (OURS.topics(True), OURS.groups(), OURS.collections, OURS.uses) == ([], {}, (), {})
    assert OURS.touched(True) == set()


def test_whom_it_shows_is_on_the_audit_topic_that_is_listed() -> None:
    assert OURS.audited_by == owner_of("accesses").slug


def test_it_is_behind_the_gateway_and_no_service() -> None:
    assert mounts()[OPS] == OPS
    assert OPS not in SERVICE_NAMES
    assert OPS not in {service.name for service in load_all(unstarted())}
