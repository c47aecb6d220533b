"""Operations on a running system, called by `deploy/cli` and, over HTTP, by `deploy/ops`.

Inspection: `statuses`, `doctor`, `exposed`, `tracing`, `dlq`, `dropped`, `persons`. Setup and repair: `topics`,
`groups`, `redrive`, `refeed`, `rebuild`, `rebuilds`, `attribute`, `rewrapping`.
"""
