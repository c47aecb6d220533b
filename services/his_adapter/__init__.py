"""his_adapter takes what hospital systems send and says it in our words, once, losing nothing; and asks them.

In:  HL7 v2 over MLLP and HTTP, FHIR R4 pushed or read, WS/T 500 over SOAP, tables (all stored sealed on
`careloop.his-adapter.raw.v1` before they are acknowledged); entries of the directory over HTTP.
Out: `careloop.his-adapter.events.v1`, facts keyed by HMAC(site key, authority|number), which only contacts reads; for
everybody `careloop.his-directory.events.v1` (what the hospital has), `…his-requests…` (what we asked of its systems and
what they answered), `…his-payments…` (money), `…his-packets…` (papers), `…his-watches…` (who fell silent).
Owns: raw messages, where each visit, appointment, report, order and charge stands as one hospital system sees them,
the directory, requests, payments, packets, and which source has fallen silent.

Rooms: `formats/` (bytes → canonical facts, one room for each format), `facts/` (what stands of each patient), and the
capabilities beside them, each with the files of a service: `directory/`, `requests/`, `packets/`, `payments/`,
`watches/`. In the root: `intake.py` takes what is sent, `definitions.py` is what a site means and which servers and
tables are read. `formats/feeds.py` reads what does not push.
"""
