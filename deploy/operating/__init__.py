"""What is done to a system that runs: looking into it, and putting right what went wrong. `deploy/cli` calls it.

Looking: `doctor`, `exposed`, `topics`, `tracing`, `dlq`, `dropped`, `persons`. Putting right: `groups`, `redrive`,
`refeed`, `rebuild`, `attribute`.
"""
