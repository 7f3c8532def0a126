"""The prior: neutral portraits as a population, shipped as numbers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from safetensors import SafetensorError
from safetensors.numpy import load

from ..errors import AtelierError
from .population import Population

WEIGHTS_FOLDER = Path(__file__).parents[2] / "weights"
PRIOR_FILE = WEIGHTS_FOLDER / "prior.safetensors"


@cache
def load_prior() -> Population:
    """The neutral portraits that the package ships.

    Raises:
        AtelierError: the file is missing or damaged.
    """
    return read_prior(PRIOR_FILE)


def read_prior(path: Path) -> Population:
    """Read a prior from a file.

    Raises:
        AtelierError: the file is missing, or is not a prior.
    """
    try:
        return Population.from_tensors(load(path.read_bytes()))
    except (OSError, SafetensorError, ValueError) as error:
        raise AtelierError(f"{path}: the prior cannot be read ({error}); reinstall portrait-atelier") from error
