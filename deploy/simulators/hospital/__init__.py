"""A simulated hospital system: HL7 v2 over MLLP, with the library python-hl7 instead of our parser, to check ours.

It has clinics, beds, bills and a few patients, answers CareLoop's requests, and reports bookings (SIU). Its data is in
memory only.
"""
