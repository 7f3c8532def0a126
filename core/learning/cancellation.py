"""Work that takes long asks on its way whether it is still wanted."""

from collections.abc import Callable

CancelCheck = Callable[[], None]  # called often; what it raises ends the work where it stands


def never_cancelled() -> None:
    """What is asked where nobody can stop the work."""
