"""Training for a node: in a thread of its own, so that cancel is answered at once however long a step takes."""

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

_WAIT = 0.1  # seconds between two looks at whether the user cancelled
_WAIT_AT_END = 30.0  # seconds at most for the step that is under way
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainRequest:
    """Everything one run of training is given.

    Attributes:
        name: of the style.
        photos: finished photos.
        content: untouched photos of the same hand; empty for none.
        settings: how.
        device: where.
    """

    name: str
    photos: Sequence[Proxy]
    content: Sequence[Proxy]
    settings: LookTrainSettings
    device: str = "cpu"

    @property
    def key(self) -> str:
        """Names photos and settings: equal keys learn the same style."""
        settings = json.dumps(self.settings.to_json(), sort_keys=True)
        return hashlib.sha256(f"{photos_key(self.photos, self.content)}|{settings}".encode()).hexdigest()[:32]


def require_enough(request: TrainRequest) -> None:
    """Refuse too few photos.

    Raises:
        LearningError: there are fewer finished photos than training needs, or a single untouched one.
    """
    if len(request.photos) < LEAST_PHOTOS:
        raise LearningError(
            f"{len(request.photos)} finished photos: training needs {LEAST_PHOTOS}; add photos, or use Style From "
            "Photos, which needs no training"
        )
    if len(request.content) == 1:
        raise LearningError("1 untouched photo: training needs none or 2; add photos, or disconnect content")


def learnt_before(request: TrainRequest, *, overwrite: bool) -> Style | None:
    """The style, where the library holds what this request would learn; None where it is still to be learnt.

    Raises:
        StyleError: another style has the name, and may not be replaced.
    """
    path = target_of(None, request.name)
    if not path.exists():
        return None
    with suppress(StyleError):
        style = load_style(path)
        if style.settings.get("request") == request.key:
            return style if style.settings.get("finished") else None  # one that was cancelled is learnt on
    if not overwrite:
        check_not_taken(path, request.name)
    return None


class Training:
    """One style being learnt in the background; iterate over its steps."""

    def __init__(self, request: TrainRequest) -> None:
        self._request, self._learning = request, None
        self._news: SimpleQueue[TrainStatus | BaseException | None] = SimpleQueue()
        self._stopped = Event()
        self._thread = Thread(target=self._work, name="portrait-atelier-training", daemon=True)
        atexit.register(self._end)
        self._thread.start()

    def steps(self) -> Iterator[TrainStatus | None]:
        """Each step's status, and None ten times a second while nothing is new; ends when learning does.

        Raises:
            AtelierError: it cannot be learnt from the photos.
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
        """Let the thread end after the step it is in; it leaves a checkpoint to go on from."""
        self._stopped.set()

    def _end(self) -> None:
        """ComfyUI is being closed: torch aborts the process if a thread is in the middle of a step."""
        self.stop()
        self._thread.join(_WAIT_AT_END)

    def style(self, *, finished: bool) -> Style | None:
        """The best so far; None before there is any."""
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
        learning.style(request.name)  # loads or compiles all that a style needs, so that cancel will not wait for it
        self._learning = learning
        return learning

    def _learn(self, learning: StyleTraining) -> None:
        for status in learning.run():
            self._news.put(status)
            stopped = self._stopped.is_set()
            if stopped or status.step % learning.settings.save_every == 0:
                with suppress(AtelierError):  # a checkpoint that cannot be written costs time, nothing else
                    learning.save(self._checkpoint, self._request.key)
            if stopped:
                return
        self._checkpoint.unlink(missing_ok=True)
