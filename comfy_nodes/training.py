"""Training for a node in another thread, so that cancel responds at once."""

from __future__ import annotations

import atexit
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Thread

from ..core.errors import LearningError, StyleError
from ..core.imaging.proxy import Proxy
from ..core.learning.checkpoint import training_key
from ..core.learning.look.photos import TrainingPhotos
from ..core.learning.look.settings import LEAST_PHOTOS, LookTrainSettings
from ..core.learning.pixel.settings import PixelTrainSettings
from ..core.learning.request import (
    Ending,
    PreparingTraining,
    StyleMaker,
    TrainingBegan,
    TrainingNote,
    TrainingStep,
    TrainProgress,
    TrainRequest,
    TrainResult,
)
from ..core.learning.service import train_style
from ..core.styles.style import Style
from ..core.styles.style_file import load_style
from .saving import check_not_taken, target_of

_WAIT = 0.1  # seconds between two checks for cancel
_WAIT_AT_END = 30.0  # seconds to wait for the running step
News = PreparingTraining | TrainingStep
_log = logging.getLogger(__name__)


def require_enough(photos: Sequence[Proxy], content: Sequence[Proxy]) -> None:
    """Check the number of photos.

    Raises:
        LearningError: there are fewer finished photos than training needs, or a single untouched one.
    """
    if len(photos) < LEAST_PHOTOS:
        raise LearningError(
            "{count} finished photos: training needs {least}; add photos, or use Style From Photos, which needs no "
            "training",
            one="{count} finished photo: training needs {least}; add photos, or use Style From Photos, which needs no "
            "training",
            count=len(photos),
            least=LEAST_PHOTOS,
        )
    if len(content) == 1:
        raise LearningError("1 untouched photo: training needs none or 2; add photos, or disconnect content")


def refuse_name(name: str, settings: LookTrainSettings | PixelTrainSettings, *, overwrite: bool) -> None:
    """Check a name before photos are read.

    Raises:
        StyleError: it cannot be used, or a style has it that no training with these settings made.
    """
    path = target_of(None, name)
    if overwrite or not path.exists():
        return
    with suppress(StyleError):
        known = load_style(path).settings
        if "training" in known and known.get("learning") == settings.to_json():
            return  # perhaps the same training: its photos tell
    check_not_taken(path, name)


def learnt_before(
    request: TrainRequest, photos: Sequence[Proxy], content: Sequence[Proxy], *, overwrite: bool
) -> Style | None:
    """Return the style in the library that this request would train; None if there is none.

    Raises:
        StyleError: another style has the name and must not be replaced.
    """
    path = target_of(None, request.name)
    if not path.exists():
        return None
    sets = [TrainingPhotos.of(proxies).proxies for proxies in (photos, content)]
    key, num_steps = training_key(request.generator, request.settings, *sets), request.settings.num_steps
    with suppress(StyleError):
        style = load_style(path)
        is_same = style.settings.get("training") == key and style.settings["learning"]["num_steps"] == num_steps
        if is_same:
            return style if style.settings.get("finished") else None  # an unfinished one is resumed
    if not overwrite:
        check_not_taken(path, request.name)
    return None


class Training:
    """A training in the background; iterate over its steps."""

    def __init__(self, request: TrainRequest) -> None:
        self._request = request
        self._best: StyleMaker | None = None
        self._result: TrainResult | None = None
        self._news: SimpleQueue[News | BaseException | None] = SimpleQueue()
        self._stopped, self._released = Event(), Event()
        self._thread = Thread(target=self._work, name="portrait-atelier-training", daemon=True)
        atexit.register(self._end)
        self._thread.start()

    def news(self) -> Iterator[News | None]:
        """Yield each part of the preparation and each step, and None ten times a second, until training ends.

        Raises:
            AtelierError: training failed.
        """
        while True:
            try:
                news = self._news.get(timeout=_WAIT)
            except Empty:
                yield None
                continue
            if news is None:
                return
            if isinstance(news, BaseException):
                raise news
            yield news

    def stop(self) -> None:
        """Hold the thread, so that it does not compete with `style`; `release` lets it end."""
        self._stopped.set()

    def release(self) -> None:
        """Let a thread that was stopped end its step; it writes a checkpoint."""
        self._released.set()

    def style(self) -> Style | None:
        """Return the style after training, else the best so far; None before the first."""
        if self._result is not None:
            return self._result.style
        return None if self._best is None else self._best()

    def forget_checkpoint(self) -> None:
        """Delete the checkpoint of a training that came to the end; called once its style is saved."""
        if self._result is not None:
            self._result.forget_checkpoint()

    def _end(self) -> None:
        """Stop at exit, since torch aborts the process in the middle of a step."""
        self.stop()
        self.release()
        self._thread.join(_WAIT_AT_END)

    def _work(self) -> None:
        try:
            self._result = train_style(self._request, self._on_progress, self._ending)
        except BaseException as error:  # noqa: BLE001  (raised where the node runs)
            self._news.put(error)
        self._news.put(None)
        atexit.unregister(self._end)

    def _ending(self) -> Ending | None:
        if not self._stopped.is_set():
            return None
        self._released.wait(_WAIT_AT_END)
        return Ending.KEEP

    def _on_progress(self, event: TrainProgress) -> None:
        if isinstance(event, PreparingTraining):
            self._news.put(event)
        elif isinstance(event, TrainingBegan):
            event.make_best_style()  # loads or compiles what a style needs, so that cancel does not wait for it
            self._best = event.make_best_style
            self._news.put(PreparingTraining(event.num_steps, 1.0))
        elif isinstance(event, TrainingStep):
            self._news.put(event)
        elif isinstance(event, TrainingNote):
            _log.warning("Portrait Atelier: %s", event.text)
