"""What the routes of staff at the console answer with."""

from pydantic import AwareDatetime

from shared.answers import Answer


class StaffDesk(Answer):
    """What happened last to a member of staff at the console; null for what never did. All times are real ones.

    `sessions_ended`: sessions that began before are over. `locked_since`, `locked_until`: the last lock, after `tries`
    wrong passwords; `unlocked`: when somebody lifted it.
    """

    staff_id: str
    sessions_ended: AwareDatetime | None
    ended_by: str | None
    locked_since: AwareDatetime | None
    locked_until: AwareDatetime | None
    tries: int | None
    unlocked: AwareDatetime | None
    unlocked_by: str | None


class SavedView(Answer):
    """A filter that somebody saved. `query`: names and values as in the address of the `screen`."""

    view_id: str
    screen: str
    title: str
    query: str
