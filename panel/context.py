"""Shared state of the panel: settings, trainings, sessions; and the display of errors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr

from ..core.errors import AtelierError, StyleError
from ..core.styles.style import Style
from ..core.styles.style_file import load_style
from ..core.texts import Text, cause_of
from .forecast import Forecaster
from .library_changes import open_style
from .pace import Probe
from .panel_settings import PanelSettings
from .sessions import Sessions, owner_of
from .trainings import Training, TrainingStore
from .uploads import NO_ROOM
from .words import Words, without_own_folders

_Handler = TypeVar("_Handler", bound=Callable[..., Any])
TRAINING = "training:"  # prefix of the key of a training, as the name of its style that is not in the library yet


@dataclass(frozen=True)
class Panel:
    """One running panel.

    Attributes:
        settings: of the server.
        store: the trainings.
        sessions: the folders of browser tabs.
        probe: tells how busy this computer is.
    """

    settings: PanelSettings
    store: TrainingStore
    sessions: Sessions
    probe: Probe = field(default_factory=Probe)

    @property
    def forecaster(self) -> Forecaster:
        """Tells when trainings will have come to their ends."""
        return Forecaster(self.store, self.probe)

    def owner(self, token: str | None) -> str | None:
        """Return the owner whose trainings a browser sees; None for all, on a local panel."""
        return None if self.settings.is_local else owner_of(token)

    def training(self, key: str | None, token: str | None) -> Training | None:
        """Find a training by its key, if the browser may see it."""
        return self.store.find(key, self.owner(token)) if key else None

    def style(self, name: str | None, token: str | None) -> Style:
        """Find an installed style, or that of a training.

        Raises:
            StyleError: there is none.
        """
        if not name:
            raise StyleError("choose a style first")
        if not name.startswith(TRAINING):
            return open_style(name)
        training = self.training(name.removeprefix(TRAINING), token)
        if training is None:
            raise StyleError("this training is not there any more; choose another style")
        return load_style(training.style_path)


def plain_text(error: BaseException) -> str:
    """Return an error's text in the language of the page, without the paths of the panel's own folders."""
    return without_own_folders(Words.of_page().translate(error))


def show_errors(handler: _Handler) -> _Handler:
    """Decorate a handler to show errors that a user can fix in the page."""

    @functools.wraps(handler)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return handler(*args, **kwargs)
        except AtelierError as error:
            raise gr.Error(plain_text(error), duration=12, print_exception=False) from error
        except MemoryError as error:
            text = Words.of_page().translate(Text("memory was full; close programs, or take a smaller photo"))
            raise gr.Error(text, print_exception=False) from error
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            text = Words.of_page().translate(Text("the disk is full ({cause}); make room on it", cause=cause_of(error)))
            raise gr.Error(text, print_exception=False) from error

    return wrapped  # pyright: ignore[reportReturnType]


def paths_of(files: Any) -> list[Path]:
    """Return the paths of a file component."""
    if files is None:
        return []
    return [Path(file) for file in (files if isinstance(files, list) else [files])]
