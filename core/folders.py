"""Folders of the application."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_APP = "portrait-atelier"


def package_folder() -> Path:
    """Return the installed package, or the checkout."""
    return Path(__file__).resolve().parent.parent


def weights_folder() -> Path:
    """Return the folder of the bundled networks, colors of people and ready styles."""
    return package_folder() / "weights"


def library_folder() -> Path:
    """Return the folder of the user's own styles; the environment variable ATELIER_STYLES overrides."""
    chosen = os.environ.get("ATELIER_STYLES")
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path(_APP, appauthor=False) / "styles"


def trainings_folder() -> Path:
    """Return the folder of the panel's trainings, with their photos until they end; ATELIER_TRAININGS overrides."""
    chosen = os.environ.get("ATELIER_TRAININGS")
    return Path(chosen).expanduser() if chosen else platformdirs.user_data_path(_APP, appauthor=False) / "trainings"


def cache_folder() -> Path:
    """Return the cache, as of instant styles; ATELIER_CACHE overrides."""
    chosen = os.environ.get("ATELIER_CACHE")
    return Path(chosen).expanduser() if chosen else platformdirs.user_cache_path(_APP, appauthor=False)
