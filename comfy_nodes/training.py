"""Training for a node in another thread, so that cancel responds at once."""

from __future__ import annotations

import atexit
import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread

from ..core.errors import AtelierError, LearningError, StyleError
from ..core.folders import cache_folder
from ..core.imaging.proxy import Proxy
from ..core.learning.look.photos import TrainingPhotos
from ..core.learning.look.settings import LookTrainSettings
from ..core.learning.look.training import LEAST_PHOTOS, StyleTraining, TrainStatus
from ..core.styles.style import Style
from ..core.styles.style_file import SUFFIX, load_style
from .photos import photos_key
from .saving import check_not_taken, target_of

_WAIT = 0.1  # seconds between two checks for cancel
_WAIT_AT_END = 30.0  # seconds to wait for the running step
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainRequest:
    """The arguments of one training.

    Attributes:
        name: of the style.
        photos: finished photos.
        content: untouched photos by the same photographer; empty for none.
        settings: of training.
        device: of torch, such as `cpu` or `cuda`.
    """

    name: str
    photos: Sequence[Proxy]
    content: Sequence[Proxy]
    settings: LookTrainSettings
    device: str = "cpu"

    @property
    def key(self) -> str:
        """Key of photos and settings; equal keys give the same style."""
        settings = json.dumps(self.settings.to_json(), sort_keys=True)
        return hashlib.sha256(f"{photos_key(self.photos, self.content)}|{settings}".encode()).hexdigest()[:32]


def require_enough(request: TrainRequest) -> None:
    """Check the number of photos.

    Raises:
        LearningError: there are fewer finished photos than training needs, or a single untouched one.
    """
    if len(request.photos) < LEAST_PHOTOS:
        raise LearningError(
            "{count} finished photos: training needs {least}; add photos, or use Style From Photos, which needs no "
            "training",
            one="{count} finished photo: training needs {least}; add photos, or use Style From Photos, which needs no "
            "training",
            count=len(request.photos),
            least=LEAST_PHOTOS,
        )
    if len(request.content) == 1:
        raise LearningError("1 untouched photo: training needs none or 2; add photos, or disconnect content")


def learnt_before(request: TrainRequest, *, overwrite: bool) -> Style | None:
    """Return the style in the library that this request would train; None if there is none.

    Raises:
        StyleError: another style has the name and must not be replaced.
    """
    path = target_of(None, request.name)
    if not path.exists():
        return None
    with suppress(StyleError):
        style = load_style(path)
        if style.settings.get("request") == request.key:
            return style if style.settings.get("finished") else None  # an unfinished one is resumed
    if not overwrite:
        check_not_taken(path, request.name)
    return None


class Training:
    """A training in the background; iterate over its steps."""

    def __init__(self, request: TrainRequest) -> None:
        self._request, self._learning = request, None
        self._news: SimpleQueue[TrainStatus | BaseException | None] = SimpleQueue()
        self._stopped = Event()
        self._thread = Thread(target=self._work, name="portrait-atelier-training", daemon=True)
        atexit.register(self._end)
        self._thread.start()

    def steps(self) -> Iterator[TrainStatus | None]:
        """Yield the status of each step, and None ten times a second meanwhile, until training ends.

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
        """End the thread after the running step; it writes a checkpoint."""
        self._stopped.set()

    def _end(self) -> None:
        """Stop at exit, since torch aborts the process in the middle of a step."""
        self.stop()
        self._thread.join(_WAIT_AT_END)

    def style(self, *, finished: bool) -> Style | None:
        """Return the best style so far; None before the first."""
        learning = self._learning
        if learning is None:
            return None
        return learning.style(self._request.name, settings={"request": self._request.key, "finished": finished})

    @property
    def _checkpoint(self) -> Path:
        return cache_folder() / "learning" / f"nodes-{self._request.key}{SUFFIX}"

    def _work(self) -> None:
        try:
            self._learn(self._prepared())
        except BaseException as error:  # noqa: BLE001  (raised where the node runs)
            self._news.put(error)
        self._news.put(None)
        atexit.unregister(self._end)

    def _prepared(self) -> StyleTraining:
        request = self._request
        photos = TrainingPhotos.of(request.photos)
        content = TrainingPhotos.of(request.content) if request.content else None
        learning = StyleTraining(photos, content, settings=request.settings, device=request.device)
        if self._checkpoint.is_file():
            try:
                learning.resume(self._checkpoint, request.key)
            except LearningError as error:
                _log.warning("Portrait Atelier: %s", error)
        learning.style(request.name)  # loads or compiles what a style needs, so that cancel does not wait for it
        self._learning = learning
        return learning

    def _learn(self, learning: StyleTraining) -> None:
        for status in learning.run():
            self._news.put(status)
            stopped = self._stopped.is_set()
            if stopped or status.step % learning.settings.save_every == 0:
                with suppress(AtelierError):  # a checkpoint that cannot be written only costs time
                    learning.save(self._checkpoint, self._request.key)
            if stopped:
                return
        self._checkpoint.unlink(missing_ok=True)
