"""Response models of the API for operators."""

from typing import Any, Literal

from pydantic import AwareDatetime

from shared.answers import Answer


class GroupState(Answer):
    """A consumer group of a process. `lag`: records not read yet; `read`: offsets read so far.

    `last`: the place of the last record, `written` when it was written. `due`: when the next timer is.
    """

    group: str
    ready: bool
    lag: int | None
    read: int
    last: str
    written: AwareDatetime | None
    due: AwareDatetime | None


class ProcessState(Answer):
    """A process. `error`: why it is not ready, if it did not answer."""

    process: str
    ready: bool
    error: str
    groups: list[GroupState]


class SystemStatus(Answer):
    """Every process, asked at `at`."""

    at: AwareDatetime
    ready: bool
    processes: list[ProcessState]


class Check(Answer):
    """The result of one check; `detail` is the state, or what is wrong and what to do."""

    what: str
    ok: bool
    detail: str


class CheckList(Answer):
    """All checks, in the order in which they depend on each other."""

    at: AwareDatetime
    data: list[Check]


class TraceLetter(Answer):
    """A dead letter about a record."""

    id: str
    reason: str
    detail: str
    reader: str
    redriven: bool


class TraceRecord(Answer):
    """A record in a trace. Its cause is the nearest one before it whose `depth` is less by one; roots have 0.

    `kind`: `refused` for bytes that never became a record. `at`: when it happened in the world; `recorded`: when it was
    written. `says`: fields that are not personal. `milliseconds`: how
    long it was worked on, if a span tells. `outcome`: of a command, "" if it is not decided yet.
    """

    id: str
    type: str
    kind: Literal["event", "command", "inbox", "refused"]
    depth: int
    at: AwareDatetime | None
    recorded: AwareDatetime | None
    where: str
    says: dict[str, Any]
    milliseconds: float | None
    outcome: str
    refused: list[TraceLetter]


class TraceAnswer(Answer):
    """The causal trees of an id, a cause before what it caused; `more`: how many records are left out at the end.

    `spans_left_out`: older records may have no `milliseconds`, as only the newest spans are read.
    """

    data: list[TraceRecord]
    more: int
    spans_left_out: bool


class Letter(Answer):
    """A dead letter without its content. `place`: of the refused record, `<topic>-<partition>@<offset>`.

    `about`: the id of the refused record, `key` its key (a person's id in some topics); `redriven`: it was sent again.
    `repairable`: it is a message of a hospital, which can be sent again with other content.
    """

    id: str
    reason: str
    detail: str
    reader: str
    place: str
    key: str
    time: AwareDatetime
    about: str
    redriven: bool
    repairable: bool


class LetterPage(Answer):
    """Dead letters, the newest first; `next` is the `cursor` of the next page, null at the end.

    `total`: how many the filter lets through. `readers` and `reasons` are those of all letters, to choose from.
    `left_out`: how many more no list has: the index holds 20,000, those that wait first, then the newest.
    """

    data: list[Letter]
    next: str | None
    total: int
    left_out: int
    readers: list[str]
    reasons: list[str]


class LetterContent(Answer):
    """What was refused. `readable`: as text, personal fields decrypted. `marked`: HL7 segments with the field at fault.

    `editable`: what is sent again; of a message of a hospital it can be repaired.
    """

    readable: str
    marked: list[str]
    editable: str


class Redriven(Answer):
    """The letter was sent again and taken; `detail` says by whom."""

    id: str
    detail: str


class CollectionNames(Answer):
    """The collections that can be rebuilt, as `<service>.<collection>`."""

    data: list[str]


class RebuildState(Answer):
    """A rebuild: `read` of `total` offsets of the log are read.

    `different`: documents differ, nothing was swapped; `swapped`: the build is shown now; `stopped`: `detail` says why,
    and the live collection is untouched. `different_ids` has at most 100.
    """

    id: str
    collection: str
    force: bool
    started_by: str
    started: AwareDatetime
    state: Literal["running", "swapped", "different", "stopped"]
    ended: AwareDatetime | None
    detail: str
    read: int
    total: int
    before: int | None
    after: int | None
    passed_by: int
    different: int
    different_ids: list[str]


class RebuildList(Answer):
    """The last rebuilds that this process was asked for, the newest first; it forgets them when it ends."""

    data: list[RebuildState]
