"""The definition of a hospital system that is asked."""

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from services.his_adapter.definitions import Path
from shared.back_off import BackOff
from shared.contracts.his_requests import Action
from shared.definitions import Definition, Zone

BACK_OFF = (5, 15, 60)


class Endpoint(Definition):
    """A hospital system that is asked (FHIR Endpoint), over HL7 v2 and MLLP.

    `address` is `mllp://HOST:PORT` (`mllps` with TLS); a setting of the same id (`CARELOOP_ENDPOINTS`) goes before it.
    `takes` are the requests it answers, beside `slots` (open times) and `demographics` (who a number is). Before it is
    asked to do something for somebody, the fields in `identity` are compared with what it holds; none where it checks
    for itself. An answer is waited for `answer_seconds` at a time, and asked for again until `give_up_minutes`
    have passed; after attempts that fail `back_off_seconds` pass, the last of them again and again. `enhanced` asks for
    commit and application acknowledgements (MSH-15 and 16). `queue_number` is where the number in the queue stands in
    an SRR, `codes` turns our department codes into theirs.
    `answers_from` are the senders (MSH-3/MSH-4, as `senders` of a site) whose answers over connections of their own are
    believed: name them, and no other system can answer for this one; without any everybody is.
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
    queue_number: Path = "ZQN-1"
    codes: Mapping[str, str] = {}
    answers_from: tuple[str, ...] = ()
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
        """Their department code → ours."""
        return {theirs: ours for ours, theirs in self.codes.items()}
