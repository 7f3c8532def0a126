"""What was done to a photo, written down: in a sidecar file beside the result, or as a stamp in it."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

from ..imaging.files.atomic import atomic_write
from ..imaging.files.stamp import Stamp, stamped
from ..styles.controls import Controls
from ..styles.style import Style
from ..styles.style_file import style_hash
from ..version import installed_version
from .request import sidecar_path

_NOT_SETTINGS = ("strength", "device")  # told apart, and of no weight for the result


def stamp_of(style: Style, controls: Controls) -> Stamp:
    """Return what is said of a photo that got a style.

    Args:
        style: of any kind.
        controls: with which it was applied; those that differ from their defaults are told.
    """
    told = [item for item in fields(Controls) if item.name not in _NOT_SETTINGS]
    changed = {item.name: getattr(controls, item.name) for item in told if getattr(controls, item.name) != item.default}
    settings = {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in changed.items()}
    return Stamp(style.name, style_hash(style), controls.strength, installed_version(), settings)


def write_sidecar(photo: Path, source: Path, style: Style, controls: Controls, *, overwrite: bool = False) -> Path:
    """Write what was done to a photo beside it, as XMP.

    Args:
        photo: the result, which was written.
        source: the photo it was made of, whose name is told.
        style: of any kind.
        controls: with which it was applied.
        overwrite: whether an existing sidecar may be replaced.

    Returns:
        The path of the sidecar.

    Raises:
        AtelierError: it exists, or cannot be written.
    """
    stamp = stamp_of(style, controls)
    packet = stamped(None, replace(stamp, settings={**stamp.settings, "source": source.name}))
    path = sidecar_path(photo)
    with atomic_write(path, overwrite=overwrite) as temporary:
        temporary.write_bytes(packet)
    return path
