"""What dialogs remember between calls, in a file of GIMP's folder of settings: nothing that a result depends on."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

_NAME = "portrait-style.json"


def remembered() -> dict[str, Any]:
    """Return the values by name; none if nothing was remembered, or the file is damaged."""
    with suppress(OSError, ValueError), open(_path(), encoding="utf-8") as file:
        values = json.load(file)
        return values if isinstance(values, dict) else {}
    return {}


def remember(**values: Any) -> None:
    """Keep values beside those of other names; a folder that cannot be written costs only the memory."""
    kept = {**remembered(), **values}
    fresh = f"{_path()}.{os.getpid()}"
    with suppress(OSError):
        with open(fresh, "w", encoding="utf-8") as file:
            json.dump(kept, file, indent=1)
        os.replace(fresh, _path())


def was_learnt(name: str) -> None:
    """Let the next dialog of styles begin with a style that was just learnt."""
    remember(learnt=name)


def newly_learnt() -> str | None:
    """Return the style that was learnt since a style was last used; None if there is none."""
    name = remembered().get("learnt")
    return name if isinstance(name, str) and name else None


def was_used() -> None:
    """Let the next dialog of styles begin with what is used now, and not with what was learnt before."""
    if newly_learnt():
        remember(learnt="")


def _path() -> str:
    return os.path.join(Gimp.directory(), _NAME)
