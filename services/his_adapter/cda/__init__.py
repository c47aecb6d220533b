"""WS/T 500 documents (HL7 V3, CDA R2) and the SOAP endpoint they come through: WebService is what many hospitals have.

`xml.py` reads without trusting, `document.py` says what a document means, `intake.py` stores before it answers,
`soap.py` is the WebService and its WSDL.
"""
