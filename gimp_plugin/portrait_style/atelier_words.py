"""Translation of the plug-in's texts, from `locale/LL/LC_MESSAGES/portrait-atelier.mo` beside this file."""

from __future__ import annotations

import gettext
from pathlib import Path

DOMAIN = "portrait-atelier"
FOLDER = Path(__file__).resolve().parent

_translation = gettext.translation(DOMAIN, FOLDER / "locale", fallback=True)
_ = _translation.gettext
LANGUAGE = _translation.info().get("language", "en")  # language of the answers of the worker


class Problem(Exception):  # noqa: N818 - said to the user as it stands
    """An error that the user can fix: what happened, and what to do."""


class BadArgument(Problem):
    """A procedure was called with an invalid value."""


class WorkerLost(Problem):
    """The worker ended, or was ended, during a request.

    Args:
        cause: what happened to it.
        log: where to read more.
        kept: what became of the work.
    """

    def __init__(self, cause: str, log: str = "", kept: str | None = None) -> None:
        self._cause, self._log = cause, log
        kept = _("Nothing was changed; try again.") if kept is None else kept
        super().__init__(" ".join(text for text in (cause, kept, log) if text))

    def but(self, kept: str) -> WorkerLost:
        """Return the same, where something else became of the work."""
        return WorkerLost(self._cause, self._log, kept)


class Stopped(Exception):  # noqa: N818
    """The user cancelled."""
