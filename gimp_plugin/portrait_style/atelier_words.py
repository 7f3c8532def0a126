"""The plug-in's words in the user's language, from `locale/LL/LC_MESSAGES/portrait-atelier.mo` beside this file."""

from __future__ import annotations

import gettext
from pathlib import Path

DOMAIN = "portrait-atelier"
FOLDER = Path(__file__).resolve().parent

_translation = gettext.translation(DOMAIN, FOLDER / "locale", fallback=True)
_ = _translation.gettext
LANGUAGE = _translation.info().get("language", "en")  # what the worker is asked to answer in


class Problem(Exception):  # noqa: N818 - said to the user as it stands
    """Something that the user can mend: what happened, and what to do."""


class BadArgument(Problem):
    """A procedure was called with a value that it does not take."""


class WorkerLost(Problem):
    """The worker ended, or had to be ended, in the middle of a request."""


class Stopped(Exception):  # noqa: N818
    """The user did not want to go on."""
