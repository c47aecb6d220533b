"""The API for operators (scopes `ops:read`, `ops:write`): status, checks, traces, dead letters, rebuilds.

A process beside the services, behind the gateway at `/ops`. It has Kafka, MongoDB and the keys, as the command line has
them, and calls the same functions of `deploy/operating`; neither the gateway nor the console has any of these. Whom an
answer tells of is on record before it is sent, as in every service: the events go to the audit topic of the service
that lists accesses. It has no events of its own, and remembers nothing but its rebuilds.
"""
