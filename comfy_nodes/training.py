"""Training for a node: in a thread of its own, so that cancel is answered at once however long a step takes."""

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
from ..core.learning.look.photos import LearningPhotos
from ..core.learning.look.training import LEAST_PHOTOS
from ..core.learning.request import (
    Ending,
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
from .saving import refuse_taken, target_of

_WAIT = 0.1  # seconds between two looks at whether the user cancelled
_WAIT_AT_END = 30.0  # seconds at most for the step that is under way
_log = logging.getLogger(__name__)


def require_enough(photos: Sequence[Proxy], content: Sequence[Proxy]) -> None:
    """Refuse too few photos.

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


def learnt_before(
    request: TrainRequest, photos: Sequence[Proxy], content: Sequence[Proxy], *, overwrite: bool
) -> Style | None:
    """The style, where the library holds what this request would learn; None where it is still to be learnt.

    Raises:
        StyleError: another style has the name, and may not be replaced.
    """
    path = target_of(None, request.name)
    if not path.exists():
        return None
    sets = [LearningPhotos.of(proxies).proxies for proxies in (photos, content)]
    key, num_steps = training_key(request.generator, request.settings, *sets), request.settings.num_steps
    with suppress(StyleError):
        style = load_style(path)
        is_same = style.settings.get("training") == key and style.settings["learning"]["num_steps"] == num_steps
        if is_same:
            return style if style.settings.get("finished") else None  # one that was cancelled is learnt on
    if not overwrite:
        refuse_taken(path, request.name)
    return None


class Training:
    """One style being learnt in the background; iterate over its steps."""

    def __init__(self, request: TrainRequest) -> None:
        self._request = request
        self._best: StyleMaker | None = None
        self._result: TrainResult | None = None
        self._news: SimpleQueue[TrainingStep | BaseException | None] = SimpleQueue()
        self._stopped = Event()
        self._thread = Thread(target=self._work, name="portrait-atelier-training", daemon=True)
        atexit.register(self._end)
        self._thread.start()

    def steps(self) -> Iterator[TrainingStep | None]:
        """Each step done, and None ten times a second while nothing is new; ends when learning does.

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

    def style(self) -> Style | None:
        """The style, once learning has ended; before that the best so far, or None before there is any."""
        if self._result is not None:
            return self._result.style
        return None if self._best is None else self._best()

    def forget_checkpoint(self) -> None:
        """Remove the checkpoint of what came to its end; for when its style is saved."""
        if self._result is not None:
            self._result.forget_checkpoint()

    def _end(self) -> None:
        """ComfyUI is being closed: torch aborts the process if a thread is in the middle of a step."""
        self.stop()
        self._thread.join(_WAIT_AT_END)

    def _work(self) -> None:
        try:
            self._result = train_style(self._request, self._hear, self._ending)
        except BaseException as error:  # noqa: BLE001  (raised where the node runs)
            self._news.put(error)
        self._news.put(None)
        atexit.unregister(self._end)

    def _ending(self) -> Ending | None:
        return Ending.KEEP if self._stopped.is_set() else None

    def _hear(self, event: TrainProgress) -> None:
        if isinstance(event, TrainingBegan):
            event.best()  # loads or compiles all that a style needs, so that cancel will not wait for it
            self._best = event.best
        elif isinstance(event, TrainingStep):
            self._news.put(event)
        elif isinstance(event, TrainingNote):
            _log.warning("Portrait Atelier: %s", event.text)
