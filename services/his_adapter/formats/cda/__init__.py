"""WS/T 500 documents (HL7 V3, CDA R2) and the SOAP endpoint that receives them.

`xml.py` parses untrusted XML, `document.py` reads the parts of a document, `stay.py` translates them into facts,
`intake.py` stores documents, `envelope.py` and `soap.py` are the SOAP service, described by `service.wsdl`.
"""
