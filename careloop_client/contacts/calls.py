"""The routes of contacts. Generated from docs/reference/openapi/contacts.json: never edit it."""

from datetime import datetime
from typing import Literal
from urllib.parse import quote

from careloop_client.calling import Caller
from careloop_client.contacts import models


class Contacts(Caller):
    """The routes of contacts."""

    async def report_touchpoint(
        self,
        body: models.TouchpointReported,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Report a contact with a person: the same as `TouchpointReported` on the inbox topic.

        Scope `contacts:write`.

        Problems: `identifier-missing`.
        """
        return await self._call(
            "POST",
            "/v1/touchpoints",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def set_consent(
        self,
        person_id: str,
        body: models.Consent,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Allow or forbid messages of a purpose.

        Scope `contacts:consent`.

        Problems: `person-unknown`.
        """
        return await self._call(
            "PUT",
            f"/v1/persons/{quote(person_id, safe='')}/consent",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def confirm_claim(
        self,
        person_id: str,
        claim_id: str,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Confirm a claim: its value becomes part of the person's details. The 360 lists the claims.

        Scope `contacts:identity`.

        Problems: `claim-unknown`, `person-unknown`.
        """
        return await self._call(
            "POST",
            f"/v1/persons/{quote(person_id, safe='')}/claims/{quote(claim_id, safe='')}/confirmation",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
        )

    async def merge_persons(
        self,
        person_id: str,
        body: models.Merge,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Merge two records of one human. Nothing is copied, so a merge can be undone.

        Scope `contacts:identity`.

        Problems: `person-unknown`, `too-many-records`.
        """
        return await self._call(
            "POST",
            f"/v1/persons/{quote(person_id, safe='')}/merge",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def note_death(
        self,
        person_id: str,
        body: models.Deceased,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Record a death that no system reported, or withdraw a wrong one (for every record of the human).

        Scope `contacts:identity`.

        Problems: `person-unknown`.
        """
        return await self._call(
            "PUT",
            f"/v1/persons/{quote(person_id, safe='')}/deceased",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def unmerge_persons(
        self,
        person_id: str,
        body: models.Merge,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Undo a merge: separate `merged_id`, and the records that were merged through it.

        Scope `contacts:identity`.

        Problems: `person-unknown`, `not-merged`.
        """
        return await self._call(
            "POST",
            f"/v1/persons/{quote(person_id, safe='')}/unmerge",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def decide_identity(
        self,
        input_id: str,
        body: models.Decision,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Decide whom an input that matches several persons is about.

        Scope `contacts:identity`.

        Problems: `identity-review-unknown`, `person-unknown`, `input-not-waiting`.
        """
        return await self._call(
            "POST",
            f"/v1/ambiguous/{quote(input_id, safe='')}/decision",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def decide_merge(
        self,
        proposal_id: str,
        body: models.Verdict,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Decide whether two records of a merge proposal are one human; if not, they are not proposed again.

        Scope `contacts:identity`.

        Problems: `identity-review-unknown`, `person-unknown`, `proposal-not-open`, `too-many-records`.
        """
        return await self._call(
            "POST",
            f"/v1/merge-proposals/{quote(proposal_id, safe='')}/decision",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def get_erasure(
        self,
        person_id: str,
        *,
        purpose_of_use: str | None = None,
    ) -> models.CertificateAnswer:
        """The certificate of an erasure: `complete` once every key is destroyed and no number is shared with others.

        Scope `contacts:erase`.

        Problems: `erasure-unknown`, `person-unknown`.
        """
        return await self._call(
            "GET",
            f"/v1/erasures/{quote(person_id, safe='')}",
            models.CertificateAnswer,
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def list_approvals(
        self,
        *,
        by: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.ErasureWaitingPage:
        """List proposals that wait, newest first. POST `{"approved": true}` to `decide`; `next` is the next cursor.

        Scope `contacts:erase`.
        """
        return await self._call(
            "GET",
            "/v1/approvals",
            models.ErasureWaitingPage,
            query={
                "by": by,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def request_erasure(
        self,
        person_id: str,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Request the erasure of a person: their data keys are destroyed once a second person approves it.

        Scope `contacts:erase`.

        Problems: `person-unknown`, `erasure-waits`.
        """
        return await self._call(
            "POST",
            f"/v1/persons/{quote(person_id, safe='')}/erasure",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
        )

    async def decide_erasure(
        self,
        person_id: str,
        body: models.Approval,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Approve an erasure that somebody else requested, or decline it; the requester may withdraw it.

        Scope `contacts:erase`.

        Problems: `approval-unknown`, `person-unknown`, `approval-expired`, `erasure-changed`, `second-person-needed`.
        """
        return await self._call(
            "POST",
            f"/v1/persons/{quote(person_id, safe='')}/erasure/decision",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def list_identity_reviews(
        self,
        *,
        kind: Literal["input", "merge"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.IdentityReviewPage:
        """List ambiguous inputs and merge proposals that wait for a decision, the oldest first, with their candidates.

        `reasons`: sentences of the registry; `input`: what an ambiguous input says.

        Scope `contacts:read`.
        """
        return await self._call(
            "GET",
            "/v1/identity-reviews",
            models.IdentityReviewPage,
            query={
                "kind": kind,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def search_persons(
        self,
        body: models.Search,
        *,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.PersonMatchList:
        """Find persons by an identifier; persons whom the caller may not read are masked or left out.

        A POST, so that no patient's number is in a URL.

        Scope `contacts:read`.
        """
        return await self._call(
            "POST",
            "/v1/persons/search",
            models.PersonMatchList,
            query={
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
            body=body,
        )

    async def find_persons(
        self,
        *,
        identifier: str,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.PersonMatchList:
        """The older form of `POST /v1/persons/search`, available only if CARELOOP_SEARCH_BY_URL is true.

        Scope `contacts:read`.

        Problems: `identifier-invalid`, `search-moved`.
        """
        return await self._call(
            "GET",
            "/v1/persons",
            models.PersonMatchList,
            query={
                "identifier": identifier,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def name_persons(
        self,
        body: models.Named,
        *,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.PersonNameList:
        """Name the people of a list: those whom the caller may read, in no order; the others are left out.

        Scope `contacts:read`.
        """
        return await self._call(
            "POST",
            "/v1/persons/names",
            models.PersonNameList,
            query={
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
            body=body,
        )

    async def list_records(
        self,
        person_id: str,
        *,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.PersonMatchList:
        """List the records of a human, each with the identity that it has by itself; the one asked for comes first.

        Scope `contacts:read`.

        Problems: `person-unknown`.
        """
        return await self._call(
            "GET",
            f"/v1/persons/{quote(person_id, safe='')}/records",
            models.PersonMatchList,
            query={
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def view_person(
        self,
        person_id: str,
        *,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        sections: str | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.OneView360:
        """The 360 of a human. `as_of`: what was true then; `known_at`: what was recorded then (times with offset).

        Scope `contacts:read`.

        Problems: `person-unknown`.
        """
        return await self._call(
            "GET",
            f"/v1/persons/{quote(person_id, safe='')}/360",
            models.OneView360,
            query={
                "as_of": as_of,
                "known_at": known_at,
                "sections": sections,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def break_glass(
        self,
        person_id: str,
        body: models.Emergency,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Get access for some minutes to a person whom you may not read otherwise; a privacy officer reviews it.

        Scope `contacts:break-glass`.

        Problems: `person-unknown`, `emergency-too-long`, `reviews-waiting`.
        """
        return await self._call(
            "POST",
            f"/v1/persons/{quote(person_id, safe='')}/break-glass",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def list_access_reviews(
        self,
        *,
        status: Literal["open", "decided"] | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.AccessReviewPage:
        """List break-glass reviews (who, whom, why), newest first; `next` is the cursor of the next page.

        Scope `contacts:privacy`.
        """
        return await self._call(
            "GET",
            "/v1/access-reviews",
            models.AccessReviewPage,
            query={
                "status": status,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def decide_access_review(
        self,
        id: str,
        body: models.Judgement,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Decide whether the emergency access was justified. Whoever broke the glass may not decide.

        Scope `contacts:privacy`.

        Problems: `access-review-unknown`, `access-review-settled`, `own-access-review`.
        """
        return await self._call(
            "POST",
            f"/v1/access-reviews/{quote(id, safe='')}/decision",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def list_accesses(
        self,
        *,
        person: str | None = None,
        reader_name: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
        purpose_of_use: str | None = None,
    ) -> models.AccessPage:
        """List accesses, granted and refused, newest first; `next` is the cursor of the next page.

        Filter by `person` (all records of the human, erased ones too), by reader, by time, or none of them.

        Scope `contacts:privacy`.

        Problems: `person-unknown`.
        """
        return await self._call(
            "GET",
            "/v1/accesses",
            models.AccessPage,
            query={
                "person": person,
                "reader_name": reader_name,
                "since": since,
                "until": until,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
            headers={
                "purpose-of-use": purpose_of_use,
            },
        )

    async def end_own_sessions(
        self,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """End all your sessions at the console, in every browser, this one too.

        Scope `contacts:desk`.
        """
        return await self._call(
            "POST",
            "/v1/sessions/end",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
        )

    async def end_sessions(
        self,
        staff_id: str,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """End all sessions of a member of staff at the console, in every browser.

        Scope `contacts:sessions`.
        """
        return await self._call(
            "POST",
            f"/v1/staff/{quote(staff_id, safe='')}/sessions/end",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
        )

    async def lock_staff(
        self,
        staff_id: str,
        body: models.Lock,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Lock a member of staff after wrong passwords; for the console, which counts them.

        Scope `contacts:lockouts`.

        Problems: `staff-unknown`.
        """
        return await self._call(
            "POST",
            f"/v1/staff/{quote(staff_id, safe='')}/lock",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def unlock_staff(
        self,
        staff_id: str,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Lift the lock of a member of staff: they may try their password again at once.

        Scope `contacts:sessions`.
        """
        return await self._call(
            "POST",
            f"/v1/staff/{quote(staff_id, safe='')}/unlock",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
        )

    async def list_staff_desks(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
    ) -> models.StaffDeskPage:
        """List the staff whose sessions were ended or who were locked, by their ids.

        Scope `contacts:sessions`.
        """
        return await self._call(
            "GET",
            "/v1/staff/desks",
            models.StaffDeskPage,
            query={
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
        )

    async def get_staff_desk(
        self,
        staff_id: str,
        *,
        min_position: str | None = None,
    ) -> models.OneStaffDesk:
        """When sessions of a member of staff were ended, and when they were locked, and by whom.

        Scope `contacts:sessions`.
        """
        return await self._call(
            "GET",
            f"/v1/staff/{quote(staff_id, safe='')}/desk",
            models.OneStaffDesk,
            query={
                "min_position": min_position,
            },
        )

    async def list_views(
        self,
        *,
        screen: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
        min_position: str | None = None,
    ) -> models.SavedViewPage:
        """List your views, of one `screen` or of all.

        Scope `contacts:desk`.
        """
        return await self._call(
            "GET",
            "/v1/desk/views",
            models.SavedViewPage,
            query={
                "screen": screen,
                "limit": limit,
                "cursor": cursor,
                "min_position": min_position,
            },
        )

    async def save_view(
        self,
        body: models.NewView,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Save a filter of a screen under a title; one of that title gets the new filter.

        Scope `contacts:desk`.

        Problems: `too-many-views`.
        """
        return await self._call(
            "POST",
            "/v1/desk/views",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
            body=body,
        )

    async def delete_view(
        self,
        view_id: str,
        *,
        idempotency_key: str | None = None,
    ) -> models.CommandDone:
        """Remove one of your views.

        Scope `contacts:desk`.

        Problems: `view-unknown`.
        """
        return await self._call(
            "DELETE",
            f"/v1/desk/views/{quote(view_id, safe='')}",
            models.CommandDone,
            headers={
                "Idempotency-Key": idempotency_key,
            },
        )

    async def get_command(
        self,
        id: str,
    ) -> models.CommandDone:
        """Get the outcome of a command.

        Scope `contacts:read`.

        Problems: `approval-unknown`, `claim-unknown`, `person-unknown`, `staff-unknown`, `view-unknown`, `access-review-settled`, `approval-expired`, `emergency-too-long`, `erasure-changed`, `erasure-waits`, `input-foreign`, `input-not-waiting`, `input-unreadable`, `not-merged`, `own-access-review`, `proposal-not-open`, `reviews-waiting`, `second-person-needed`, `too-many-records`, `too-many-views`.
        """
        return await self._call(
            "GET",
            f"/commands/{quote(id, safe='')}",
            models.CommandDone,
        )
