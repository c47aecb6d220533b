"""WS/T 500 documents (HL7 V3, CDA R2) and the SOAP endpoint they come through: WebService is what many hospitals have.

`xml.py` reads without trusting, `document.py` finds its parts, `stay.py` says what it means, `intake.py` stores before
it answers, `envelope.py` and `soap.py` are the WebService, `service.wsdl` describes it.
"""
