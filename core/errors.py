"""Errors that a user can fix. Their text names the file, what is wrong with it, and the cure."""


class AtelierError(Exception):
    """A problem that the user can fix, not a bug; shown without a traceback."""


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
