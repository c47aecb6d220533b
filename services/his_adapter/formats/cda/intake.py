"""CDA intake: parse, check, store on Kafka, then answer, always in this order."""

from dataclasses import dataclass
from typing import Literal

from services.his_adapter.formats.cda.document import Document, Wrong
from services.his_adapter.formats.cda.xml import NotXml, local, parse, text_of
from services.his_adapter.formats.common.refusing import refuse
from services.his_adapter.formats.common.storing import received, store
from services.his_adapter.formats.common.threads import in_thread_if_large
from services.his_adapter.formats.definitions import site_of
from services.his_adapter.formats.settings import FormatSettings
from shared.codec import Refusal
from shared.host.deps import Deps
from shared.telemetry import edge_span


@dataclass(frozen=True, slots=True)
class TakenDocument:
    """Result of one document. AA: stored. AE: dead letter, with `reason`. `id` is the document's id, if it has one."""

    code: Literal["AA", "AE"]
    id: str = ""
    reason: str = ""


class CdaIntake:
    """Stores documents."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps

    async def take(self, raw: bytes, sender: str) -> TakenDocument:
        """Store a document or its dead letter; returns once it is durable."""
        with edge_span("receive CDA", **{"careloop.bytes": len(raw)}) as headers:
            id = ""
            try:
                text = text_of(raw)
                document = await in_thread_if_large(len(raw), lambda: self._checked(text))
                id = document.id
                check(document)
            except (NotXml, Wrong) as error:
                await refuse(self._deps, raw, Refusal("cda-invalid", str(error), id), "soap", sender)
                return TakenDocument("AE", id, str(error))
            message = received(
                self._deps, text.encode(), text, format="cda", sender=sender, kind=document.code, control_id=id
            )
            await store(self._deps, [message], headers)
            return TakenDocument("AA", id)

    def _checked(self, text: str) -> Document:
        site = site_of(self._deps.definitions.snapshot, FormatSettings.of(self._deps.settings).mllp.site)
        root = parse(text)
        if local(root) != "ClinicalDocument":
            raise Wrong(f"the root element is {local(root)}, not ClinicalDocument")
        return Document(self._deps.settings.keys.site_key, site, root)


def check(document: Document) -> None:
    """Check that a document has type, id, time and patient. Raises `Wrong`."""
    if not document.code:
        raise Wrong("ClinicalDocument/code/@code is required: C0053 for a discharge summary (WS/T 500)")
    if not document.id:
        raise Wrong("ClinicalDocument/id/@extension is required: the document's number")
    document.written()
    document.identifiers()
