"""The survey page behind a signed link."""

from typing import Any

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse

from services.followup.commands import AnswerSurvey
from services.followup.definitions import Survey
from services.followup.pages import language_of, render
from shared.actor import Actor
from shared.ciphers import mac
from shared.definitions import UnknownDefinition
from shared.guard import GuardedRoute, SignedLink
from shared.host.deps import Deps
from shared.host.headers import PAGE
from shared.http import submit_and_wait
from shared.ids import derive
from shared.links import LinkInvalid

LINK = SignedLink("survey")
PATIENT = Actor("app_user", "survey-link")


class SurveyLink:
    """Loads what a survey link refers to."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def task(self, task_id: str) -> dict[str, Any]:
        """The task document. Raises `LinkInvalid` if it is no survey."""
        task = await self._deps.database["tasks"].find_one({"_id": task_id})
        if task is None or "survey" not in task:
            raise LinkInvalid("survey-not-open")
        return dict(task)

    async def language(self, request: Request, task: dict[str, Any] | None) -> str:
        """The person's language, else the browser's."""
        document = await self._deps.database["languages"].find_one({"_id": task["person_id"]}) if task else None
        return language_of((document or {}).get("language") or request.headers.get("accept-language"))


def page_routes(deps: Deps) -> APIRouter:
    """The routes of `/s/{token}`: without a bearer token, the signed link authorises the answer."""
    link, hospital = SurveyLink(deps), deps.settings.hospital.name

    def page(language: str, status: int = 200, message: str | None = None, **more: Any) -> HTMLResponse:
        headers = {"content-security-policy": PAGE}
        return HTMLResponse(render(language, hospital, message, **more), status, headers)

    class PageRoute(GuardedRoute):
        """Answers an invalid link with a page."""

        async def worded(self, request: Request, error: Exception) -> Response | None:
            """The page for an invalid or expired link; None for other errors."""
            if not isinstance(error, LinkInvalid | UnknownDefinition):
                return None
            reason = str(error) if isinstance(error, LinkInvalid) else "broken"
            return page(await link.language(request, None), 410 if reason == "expired" else 404, reason)

    router = APIRouter(include_in_schema=False, route_class=PageRoute)

    @router.get("/s/{token}")
    async def show(token: str, request: Request, task_id: str = Depends(LINK)) -> HTMLResponse:
        task = await link.task(task_id)
        survey = deps.definitions.snapshot.version(Survey, task["survey"])
        language = await link.language(request, task)
        if task["status"] == "answered":
            return page(language, message="survey-answered")
        question = survey.question.get(language) or next(iter(survey.question.values()))
        return page(language, question=question, scale=survey.scale)

    @router.post("/s/{token}")
    async def answer(
        token: str, request: Request, score: str = Form(""), comment: str = Form(""), task_id: str = Depends(LINK)
    ) -> HTMLResponse:
        task = await link.task(task_id)
        score, comment = (text.encode(errors="replace").decode() for text in (score, comment))  # of any charset
        command = AnswerSurvey(
            id=derive(task["_id"], mac(deps.settings.keys.site_key, f"{score}|{comment}".encode()).hex()),
            at=deps.clock(),
            person_id=task["person_id"],
            task_id=task["_id"],
            score=int(score) if score.isdecimal() and len(score) < 4 else 0,
            comment=comment.strip()[:2000] or None,
        )
        outcome = await submit_and_wait(deps, "followup", command, task, actor=PATIENT)
        language = await link.language(request, task)
        if outcome is None:
            return page(language, 202, "pending")
        if outcome.status == "rejected":
            return page(language, 409, outcome.slug)
        return page(language, message="thanks")

    return router
