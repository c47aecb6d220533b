"""Route of the page that shows what changed between two moments of knowledge."""

from fastapi import APIRouter, Request, Response

from console.desk import Desk, attempts
from console.problems import Trouble
from console.screens.person.changes import comparison
from console.typed_times import BAD_TIME, Typed, at, typed_again


def changes_routes(desk: Desk) -> APIRouter:
    """The page. `since` and `until`: times as they were typed; `until` empty is now, `since` empty compares nothing."""
    router = APIRouter()

    @router.get("/persons/{person_id}/changes")
    async def show_changes(request: Request, person_id: str, since: Typed = "", until: Typed = "") -> Response:
        person, contacts = request.state.person, desk.client(request.state.person).contacts
        trouble: Trouble | None = None
        begin = end = None
        try:
            begin, end = at(since, desk.zone), at(until, desk.zone)
            if begin and end and begin >= end:
                trouble = Trouble(422, "times-reversed")
        except ValueError:
            trouble = BAD_TIME
        asked = [contacts.view_person(person_id, known_at=None if trouble else end)]
        if begin and not trouble:
            asked.append(contacts.view_person(person_id, known_at=begin))
        after, *before = await attempts(*asked)
        refused = next((each for each in (after, *before) if isinstance(each, Trouble)), None)
        if refused:
            return desk.show(request, person, "person/refused.html", trouble=refused, person_id=person_id)
        model = {
            "view": after.data,
            "since": typed_again(since, desk.zone),
            "until": typed_again(until, desk.zone),
            "trouble": trouble,
            "compared": comparison(before[0].data, after.data, begin) if before and begin else None,
        }
        return desk.show(request, person, "person/changes.html", **model)

    return router
