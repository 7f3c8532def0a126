"""Errors that a user can mend. Their text names the file, what is wrong with it, and the cure."""

import re

_OUT_OF_MEMORY = re.compile(
    r"out of memory|memoryerror|insufficient memory|not enough memory|bad_alloc|can't start new thread"
    r"|failed to map segment|(can't|cannot|could not|unable to|failed to) (re)?allocate",
    re.IGNORECASE,
)


class AtelierError(Exception):
    """A problem of the user's, not a bug: shown as it stands, without a traceback."""


class PhotoError(AtelierError):
    """A photo that cannot be read or written."""


class StyleError(AtelierError):
    """A style, style file or library entry that cannot be used."""


class LearningError(AtelierError):
    """A folder of photos that cannot be learnt from."""


class GimpError(AtelierError):
    """The plug-in cannot be put into a GIMP, or taken out."""


class WeightsError(AtelierError):
    """Weights of a network that are missing, damaged, or cannot be downloaded."""


class WorkerError(AtelierError):
    """The worker cannot be started, or cannot be met where it should be."""


def cause_of(error: OSError) -> str:
    """What the system says went wrong, in lower case, for the parentheses of an error's text."""
    return (error.strerror or str(error) or type(error).__name__).lower()


def is_out_of_memory(text: str) -> bool:
    """Whether a text is how Python, numpy, torch, OpenCV, the C++ library or the system's loader say memory is full."""
    return _OUT_OF_MEMORY.search(text) is not None
