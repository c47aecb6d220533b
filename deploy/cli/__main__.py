"""`python -m deploy.cli` is `careloop`."""

from deploy.cli import main

main()
