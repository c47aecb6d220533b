"""his_adapter translates messages of hospital systems to canonical facts, exactly once, and sends requests to them.

In: HL7 v2 over MLLP and HTTP, FHIR R4 pushed or polled, WS/T 500 (CDA) over SOAP, tables; all are stored encrypted on
`careloop.his-adapter.raw.v1` before they are acknowledged. Directory entries over HTTP.
Out: `careloop.his-adapter.events.v1`, facts keyed by HMAC(site key, authority|number), which only contacts reads; for
all services `careloop.his-directory.events.v1` (public directory), `…his-requests…` (requests and answers),
`…his-payments…` (money), `…his-packets…` (papers), `…his-watches…` (silence alarms).
Owns: raw messages; the state of each visit, appointment, report, order and charge as one hospital system sees it; the
directory, requests, payments, packets and watches.

Rooms, each importing only those before it: `formats/` (bytes → canonical facts, one package per format; receives what
is pushed), `facts/` (state and events of each patient, received messages), and beside each other, each with the files
of a service: `pulling/` (reads what does not push), `directory/`, `requests/`, `packets/`, `payments/`, `watches/`.
In the root: what joins them, and `replay.py`, which translates stored messages again.
"""
