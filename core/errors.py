"""Errors that a user can fix. Their text names the file, what is wrong with it, and the cure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from .texts import Text

if TYPE_CHECKING:
    from typing_extensions import LiteralString

_OUT_OF_MEMORY = re.compile(
    r"out of memory|memoryerror|insufficient memory|not enough memory|bad_alloc|can't start new thread"
    r"|failed to map segment|could not create a primitive(?! desc)"
    r"|(can't|cannot|could not|unable to|failed to) (re)?allocate",
    re.IGNORECASE,
)


class AtelierError(Exception):
    """A problem that the user can fix, not a bug; shown without a traceback.

    Args:
        template, one, values: as of a Text; or a Text.
    """

    def __init__(
        self, template: LiteralString | Text, /, *, one: LiteralString | None = None, **values: object
    ) -> None:
        self.text = template if isinstance(template, Text) else Text(template, one=one, **values)
        super().__init__(self.text)

    @property
    def template(self) -> str:
        """The template of the text."""
        return self.text.template

    @property
    def values(self) -> Mapping[str, object]:
        """The values of the template's fields."""
        return self.text.values


class ExistsError(AtelierError):
    """A file that is there already, and is not replaced unasked."""


class PhotoError(AtelierError):
    """A photo that cannot be read or written."""


class StyleError(AtelierError):
    """A style, style file or library entry that cannot be used."""


class LearningError(AtelierError):
    """A folder of photos or a checkpoint that training cannot use."""


class GimpError(AtelierError):
    """The plug-in cannot be installed into GIMP, or uninstalled."""


class WeightsError(AtelierError):
    """Weights of a network that are missing, damaged, or cannot be downloaded."""


class WorkerError(AtelierError):
    """The worker cannot be started, or cannot be reached."""


def is_out_of_memory(text: str) -> bool:
    """Whether a text is an out-of-memory error of Python, numpy, torch, oneDNN, OpenCV, C++ or the loader."""
    return _OUT_OF_MEMORY.search(text) is not None
