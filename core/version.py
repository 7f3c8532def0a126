"""The version of this installation."""

from __future__ import annotations

from importlib import metadata


def installed_version() -> str:
    """Return the version of the installed package; "checkout" if it is not installed."""
    try:
        return metadata.version("portrait-atelier")
    except metadata.PackageNotFoundError:
        return "checkout"
