"""The command line, the local launcher, operator tools, definitions, simulators, and generators of docs and client."""
