"""Where a document comes in: read, check, store, then answer. In this order, always."""

from dataclasses import dataclass
from typing import Literal

from services.his_adapter.definitions import site_of
from services.his_adapter.formats.cda.document import Document, Wrong
from services.his_adapter.formats.cda.xml import NotXml, local, parse, text_of
from services.his_adapter.formats.common.apart import apart
from services.his_adapter.formats.common.refusing import refuse
from services.his_adapter.formats.common.storing import received, store
from services.his_adapter.settings import HisSettings
from shared.codec import Refusal
from shared.host.deps import Deps
from shared.telemetry import edge_span


@dataclass(frozen=True, slots=True)
class Taken:
    """AA: stored. AE: kept as a dead letter, `reason` says why. `id` is the document's own, where it has one."""

    code: Literal["AA", "AE"]
    id: str = ""
    reason: str = ""


class CdaIntake:
    """Takes documents for one process."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def take(self, raw: bytes, sender: str) -> Taken:
        """The answer, only after the document (or its dead letter) is durable."""
        with edge_span("receive CDA", **{"careloop.bytes": len(raw)}) as headers:
            id = ""
            try:
                text = text_of(raw)
                document = await apart(len(raw), lambda: self._checked(text))
                id = document.id
                check(document)
            except (NotXml, Wrong) as error:
                await refuse(self._deps, raw, Refusal("cda-invalid", str(error), id), "soap", sender)
                return Taken("AE", id, str(error))
            told = received(
                self._deps, text.encode(), text, format="cda", sender=sender, kind=document.code, control_id=id
            )
            await store(self._deps, [told], headers)
            return Taken("AA", id)

    def _checked(self, text: str) -> Document:
        site = site_of(self._deps.definitions.snapshot, HisSettings.of(self._deps.settings).mllp.site)
        root = parse(text)
        if local(root) != "ClinicalDocument":
            raise Wrong(f"the root element is {local(root)}, not ClinicalDocument")
        return Document(self._deps.settings.keys.site_key, site, root)


def check(document: Document) -> None:
    """Whether it says what it is, when it was written and whom it is about. Raises `Wrong`."""
    if not document.code:
        raise Wrong("ClinicalDocument/code/@code is required: C0053 for a discharge summary (WS/T 500)")
    if not document.id:
        raise Wrong("ClinicalDocument/id/@extension is required: the document's number")
    document.written()
    document.identifiers()
