"""Operations on a running system, called by `deploy/cli`.

Inspection: `doctor`, `exposed`, `tracing`, `dlq`, `dropped`, `persons`. Setup and repair: `topics`, `groups`,
`redrive`, `refeed`, `rebuild`, `attribute`, `rewrapping`.
"""
