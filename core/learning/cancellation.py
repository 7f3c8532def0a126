"""A callback by which long work can be cancelled."""

from collections.abc import Callable

CancelCheck = Callable[[], None]  # called often; the work ends where it raises


def never_cancelled() -> None:
    """Do nothing: the check for work that cannot be cancelled."""
