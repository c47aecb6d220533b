"""his_adapter takes what hospital systems send and says it in our words, once, losing nothing.

In:  HL7 v2 over MLLP and HTTP (stored sealed on `careloop.his-adapter.raw.v1` before it is acknowledged).
Out: `careloop.his-adapter.events.v1`, facts keyed by HMAC(site key, authority|number). Only contacts reads them.
Owns: raw messages, where each visit, appointment, report, order and charge stands as one hospital system sees them,
`site` definitions (mappings). `translate/families.py` says which message means what, `reading.py` what is taken at all.
"""
