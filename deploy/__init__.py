"""How CareLoop runs: the command line, the local launcher, and what operators need."""
