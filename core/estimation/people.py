"""People at large: sampled colors of neutral portraits, the default content."""

from __future__ import annotations

from functools import cache

from safetensors import SafetensorError
from safetensors.numpy import load

from ..errors import WeightsError
from ..folders import weights_folder
from .color_set import ColorSet

PEOPLE_FILE = "people.safetensors"


@cache
def load_people() -> ColorSet:
    """Load colors, positions and regions of the neutral portraits in the package.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    path = weights_folder() / PEOPLE_FILE
    try:
        return ColorSet.from_tensors(load(path.read_bytes()))
    except (OSError, SafetensorError, ValueError) as error:
        raise WeightsError(
            "{path}: cannot be read ({cause}); reinstall portrait-atelier", path=path, cause=error
        ) from error
