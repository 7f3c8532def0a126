"""Where the atelier keeps things on this computer."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_APP = "portrait-atelier"


def package_folder() -> Path:
    """The installed package, or the checkout."""
    return Path(__file__).resolve().parent.parent


def weights_folder() -> Path:
    """What ships with the package: networks, colors of people, ready styles."""
    return package_folder() / "weights"


def library_folder() -> Path:
    """The user's own styles; the environment variable ATELIER_STYLES overrides."""
    chosen = os.environ.get("ATELIER_STYLES")
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path(_APP, appauthor=False) / "styles"


def trainings_folder() -> Path:
    """The trainings of the panel, with their photos until they end; ATELIER_TRAININGS overrides."""
    chosen = os.environ.get("ATELIER_TRAININGS")
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path(_APP, appauthor=False) / "trainings"


def cache_folder() -> Path:
    """What can be made again, such as instant styles of a folder; ATELIER_CACHE overrides."""
    chosen = os.environ.get("ATELIER_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path(_APP, appauthor=False)
