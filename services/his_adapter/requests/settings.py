"""Settings of requests: addresses of hospital systems."""

from shared.endpoints import EndpointSettings, endpoints


class RequestSettings(EndpointSettings):
    """`endpoints` are addresses by definition id; they override those of `endpoint` definitions."""


ENDPOINTS = endpoints("endpoints")
