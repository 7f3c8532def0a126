"""The version of this installation."""

from __future__ import annotations

from importlib import metadata


def installed_version() -> str:
    """As the package was installed; "checkout" where it runs without having been."""
    try:
        return metadata.version("portrait-atelier")
    except metadata.PackageNotFoundError:
        return "checkout"
