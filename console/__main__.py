"""`python -m console` is `careloop console` without the modules of other commands, in less memory."""

import os
import sys

from console import serving
from console.settings import ConsoleSettings


def main() -> None:
    """Run the console until it is stopped. A user error is one sentence on stderr and exit code 2."""
    os.umask(0o077)
    try:
        sys.exit(serving.main(ConsoleSettings()))
    except (OSError, ValueError) as error:  # an invalid setting, a refused connection
        sys.stderr.write(f"careloop: {' '.join(str(error).split())[:400]}\n")
        sys.exit(2)


if __name__ == "__main__":
    main()
