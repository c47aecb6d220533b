"""Definition of a hospital system that requests are sent to."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from services.his_adapter.formats.definitions import Hl7Path
from shared.back_off import BackOff
from shared.contracts.his_asks import Action
from shared.definitions import Definition, Zone

BACK_OFF = (5, 15, 60)


class Endpoint(Definition):
    """A hospital system that requests are sent to (FHIR Endpoint), over HL7 v2 and MLLP.

    `address` is `mllp://HOST:PORT` (`mllps` with TLS); a setting for the same id (`CARELOOP_ENDPOINTS`) overrides it.
    `takes` are the requests it answers, and the queries `slots` (open times) and `demographics` (patient by number).
    Before a request, the fields in `identity` are compared with the demographics that the system returns; leave
    `identity` empty if the system compares them itself. Each attempt waits `answer_seconds` for an answer; the request
    times out after `give_up_minutes`. Failed attempts are repeated after `back_off_seconds`, whose last value repeats.
    `enhanced` asks for commit and application acknowledgements (MSH-15 and MSH-16). `queue_number` is the field of the
    queue number in an SRR; `codes` maps our department codes to theirs.
    `answers_from` are the senders (MSH-3/MSH-4, as `senders` of a site) whose answers over their own connections are
    accepted; if it is empty, answers of every sender are. Open times are asked for a period of up to `slots_days`.
    """

    kind: ClassVar[str] = "endpoint"
    owner: ClassVar[str] = "his_adapter"

    address: Annotated[str, StringConstraints(pattern=r"^(|mllps?://[^\s/:]+:\d{1,5})$")] = ""
    takes: tuple[Action | Literal["slots", "demographics"], ...]
    application: str = "HIS"
    facility: str = ""
    hl7_version: Literal["2.3", "2.3.1", "2.4", "2.5", "2.5.1"] = "2.5.1"
    charset: Literal["UNICODE UTF-8", "GB18030"] = "UNICODE UTF-8"
    zone: Zone = "Asia/Shanghai"
    enhanced: bool = False
    identity: tuple[Literal["name", "birth_date", "phone"], ...] = ("name", "birth_date")
    queue_number: Hl7Path = "ZQN-1"
    codes: Mapping[str, str] = {}
    answers_from: tuple[str, ...] = ()
    slots_days: int = Field(62, ge=1, le=366)
    answer_seconds: float = Field(10, gt=0, le=120)
    give_up_minutes: int = Field(15, ge=1)
    back_off_seconds: BackOff = BACK_OFF

    @model_validator(mode="after")
    def _can_check(self) -> Self:
        if self.identity and set(self.takes) - {"slots", "demographics"} and "demographics" not in self.takes:
            raise ValueError(
                "`identity` names fields to compare, so `takes` must hold demographics (or `identity: []`)"
            )
        return self

    @property
    def ours(self) -> Mapping[str, str]:
        """Map their department codes to ours."""
        return {theirs: ours for ours, theirs in self.codes.items()}
