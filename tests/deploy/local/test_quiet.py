"""When a system is at rest, from the status of its roles."""

from typing import Any

from deploy.local.quiet import fingerprint, is_quiet

GROUP = {"ready": True, "lag": 0, "next": {"careloop.notify.events.v1-0": 7}}


def status(role: Any = None, **group: Any) -> dict[str, Any]:
    return {"notify": {"ready": True, "groups": {"notify.decider": {**GROUP, **group}}, **(role or {})}}


def test_a_system_is_at_rest_where_all_is_ready_nothing_lags_and_no_mail_is_unreported() -> None:
    assert is_quiet(status(), 0)
    assert not is_quiet(status({"ready": False}), 0)
    assert not is_quiet(status(lag=1), 0)
    assert not is_quiet(status(), 1)


def test_a_lag_that_nobody_could_tell_is_no_rest() -> None:
    assert not is_quiet(status(lag=None), 0)
    unknown = status()
    del unknown["notify"]["groups"]["notify.decider"]["lag"]
    assert not is_quiet(unknown, 0)


def test_what_was_read_meanwhile_shows_in_the_fingerprint() -> None:
    assert fingerprint(status()) == fingerprint(status(lag=3))
    assert fingerprint(status()) != fingerprint(status(next={"careloop.notify.events.v1-0": 8}))
