"""Make `set.safetensors` of a run of `atelier pretrain`: python weights/make_set.py RUN/best.safetensors [-o FILE]"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.pretraining.look.shipping import ship


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file that the package ships."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("network", type=Path, help="the best network of a run")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).parent / "set.safetensors")
    options = parser.parse_args(arguments)
    try:
        ship(options.network, options.output)
    except AtelierError as error:
        parser.exit(1, f"{error}\n")
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
