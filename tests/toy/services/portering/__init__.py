"""portering sends porters to discharged patients: a porter accepts each ride, or the ride is marked late.

In:  `PatientDischarged` of contacts.
Out: ride events on `careloop.portering.events.v1`.
Owns: the state and read model of rides; definitions of kind `lateness`.
"""
