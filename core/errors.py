"""Errors that a user can mend. Their text names the file, what is wrong with it, and the cure."""


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
