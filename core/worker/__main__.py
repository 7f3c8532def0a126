"""`python -m portrait_atelier.core.worker`: the worker without the command line."""

from __future__ import annotations

import logging
import sys

from ..errors import AtelierError
from .server import run_worker


def main() -> int:
    """Run the worker; it logs to stderr, which the program that started it redirects to a file."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        run_worker()
    except AtelierError as error:
        logging.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
