"""Training a style, for every host: photos read, the instant style, steps, checkpoints, and how it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from ..errors import AtelierError, LearningError
from ..imaging.files.reading import read_photo
from ..imaging.proxy import Proxy, proxy_of
from ..imaging.rendering.render_torch import pick_device
from ..photos.cache import forget_pictures
from ..photos.face_check import check_faces
from ..photos.folder import FolderSettings, read_photo_folder
from ..photos.search import find_photos
from ..styles.cover import with_cover
from ..styles.pixel_model import PAINTING_SIZE
from ..styles.style import Style, checked_name
from ..texts import Text
from .checkpoint import checkpoint_path, keep_newest_checkpoints, require_checkpoints, training_key
from .look.instant import style_from_proxies
from .look.photos import LearningPhotos
from .look.settings import LearnSettings
from .look.training import LEAST_PHOTOS, Learning
from .pixel.settings import MAX_PICTURES, PixelLearningSettings
from .pixel.training import PixelLearning, pixel_style_of
from .request import (
    Asked,
    CheckingFaces,
    Ending,
    FacesChecked,
    LearnStatus,
    PhotosRead,
    PreparingTraining,
    ProgressListener,
    ReadingPhotos,
    Resume,
    StyleMaker,
    TrainingBegan,
    TrainingNote,
    TrainingStep,
    TrainRequest,
    TrainResult,
)

ShouldStop = Callable[[], Ending | None]


class _Training(Protocol):
    """What learns: of a look, or of a painting."""

    @property
    def settings(self) -> LearnSettings | PixelLearningSettings: ...
    @property
    def step(self) -> int: ...
    def run(self, ask: Asked) -> Iterator[LearnStatus]: ...
    def style(self, name: str, *, settings: Mapping[str, Any] | None = None, cover: bool = True) -> Style: ...
    def save(self, path: Path, key: str) -> None: ...
    def resume(self, path: Path, key: str) -> None: ...


class _Ended(Exception):  # noqa: N818 - nothing went wrong
    """The host wants an end where the work stands."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.value)
        self.ending = ending


def train_style(
    request: TrainRequest, progress: ProgressListener = lambda _: None, should_stop: ShouldStop = lambda: None
) -> TrainResult:
    """Make a style of photos, by training unless it shall be an instant one or the photos are too few.

    Every `save_every` steps, and where it ends, the state is written to `checkpoint_path`, so that any host can go on
    with it. The host stores the style, then calls `TrainResult.forget_checkpoint`.

    Args:
        request: what is wanted.
        progress: told how far it is, in this thread.
        should_stop: asked often: between photos, in the middle of steps and between them. KEEP takes effect after the
            step, at the earliest when the training is prepared; PAUSE after the step, or at once before the first;
            FORGET at once.

    Returns:
        The style, or how the training was ended without one.

    Raises:
        AtelierError: the name cannot be used, no photo can, or there is no checkpoint where one is required.
    """
    checked_name(request.name)
    run = _Run(request, progress, should_stop)
    try:
        return run.paint() if request.generator == "pixel" else run.look()
    except _Ended as ended:
        return TrainResult(None, ended.ending)


class _Run:
    """One request being carried out."""

    def __init__(self, request: TrainRequest, progress: ProgressListener, should_stop: ShouldStop) -> None:
        self._request, self._tell, self._should_stop = request, progress, should_stop
        self._notes: set[Text] = set()

    def look(self) -> TrainResult:
        """A style that is a look."""
        request = self._request
        forget_pictures()
        self._require_checkpoints()
        photos, made = self._photos(request.photos)
        content = None if request.content is None else self._photos(request.content)[0]
        if request.instant or len(photos) < LEAST_PHOTOS:
            if not request.instant:
                few = Text(
                    "fewer than {least} photos teach no more than an instant style; this is one", least=LEAST_PHOTOS
                )
                self._note(few)
            told = {"method": "set network", **made}
            return TrainResult(style_from_proxies(photos, request.name, content=content, settings=told))
        finished = self._picked(photos)
        untouched = None if content is None else self._picked(content)
        device = str(pick_device(request.device or "auto"))
        settings = request.settings
        assert isinstance(settings, LearnSettings)

        def make() -> Learning:
            return Learning(finished, untouched, settings=settings, device=device, ask=self._check)

        sets = (finished.proxies, () if untouched is None else untouched.proxies)
        return self._train(make, training_key("look", settings, *sets), made)

    def paint(self) -> TrainResult:
        """A style that paints."""
        request = self._request
        self._require_checkpoints()
        pictures = self._pictures(request.photos)
        content = None if request.content is None else self._pictures(request.content)
        if request.instant:
            return TrainResult(with_cover(pixel_style_of(pictures, request.name)))
        settings = request.settings
        assert isinstance(settings, PixelLearningSettings)
        key = training_key("pixel", settings, pictures, content or ())
        return self._train(lambda: PixelLearning(pictures, content, settings, ask=self._check), key, {})

    def _photos(self, photos: Path | Sequence[Proxy]) -> tuple[Sequence[Proxy], dict[str, Any]]:
        """Photos, and what the style shall say about how they were read."""
        if not isinstance(photos, Path):
            return _some(photos), {}
        settings = FolderSettings()
        folder = read_photo_folder(photos, settings=settings, progress=self._counted(ReadingPhotos))
        self._tell(PhotosRead(folder))
        if self._request.check_faces:
            self._tell(FacesChecked(folder, check_faces(folder, self._counted(CheckingFaces))))
        return folder.proxies, {"folder": asdict(settings)}

    def _pictures(self, photos: Path | Sequence[Proxy]) -> Sequence[Proxy]:
        """Pictures at the size at which they are painted, at most MAX_PICTURES; bad ones are named and left out."""
        if not isinstance(photos, Path):
            return _some(photos)
        found = find_photos(photos)
        chosen = found[:: max(1, -(-len(found) // MAX_PICTURES))]
        pictures: list[Proxy] = []
        for done, path in enumerate(chosen, start=1):
            try:
                pictures.append(proxy_of(read_photo(path), PAINTING_SIZE))
            except AtelierError as error:
                self._note(Text("{text}; left out", text=error))
            self._counted(ReadingPhotos)(done, len(chosen))
        if not pictures:
            raise LearningError(
                "{photos}: no picture in it can be read; name a folder of JPEG, PNG, TIFF or WebP files", photos=photos
            )
        return pictures

    def _picked(self, photos: Sequence[Proxy]) -> LearningPhotos:
        picked = LearningPhotos.of(photos)
        for text in picked.notes:
            self._note(text)
        return picked

    def _train(self, make: Callable[[], _Training], key: str, made: dict[str, Any]) -> TrainResult:
        path, num_steps = checkpoint_path(key), self._request.settings.num_steps
        self._tell(PreparingTraining(num_steps))
        self._check()
        training = self._prepared(make, path, key)
        said = {**made, "training": key}
        best = partial(training.style, self._request.name, settings={**said, "finished": False})
        self._tell(TrainingBegan(training.step, num_steps, path, best))
        started = time.perf_counter()
        ending = self._steps(training, path, key, best)
        seconds = time.perf_counter() - started
        if ending is Ending.FORGET:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            return TrainResult(None, ending, training.step, num_steps, seconds)
        self._save(training, path, key)
        style = None
        if ending is not Ending.PAUSE:
            style = training.style(self._request.name, settings={**said, "finished": ending is None})
        return TrainResult(style, ending, training.step, num_steps, seconds, path)

    def _prepared(self, make: Callable[[], _Training], path: Path, key: str) -> _Training:
        """A training, at its beginning or where an earlier one was stopped."""
        training, resume = make(), self._request.resume
        if resume is Resume.NEVER or (resume is Resume.IF_THERE and not path.is_file()):
            return training
        try:
            training.resume(path, key)
        except LearningError as error:
            if resume is Resume.REQUIRED:
                raise
            self._note(Text("the checkpoint could not be used, so learning began anew ({cause})", cause=error))
            return make()  # it may be half restored
        return training

    def _steps(self, training: _Training, path: Path, key: str, best: StyleMaker) -> Ending | None:
        """Take the steps; how they were ended early."""
        first, settings = training.step, training.settings
        ending = self._should_stop()
        try:
            for status in training.run(self._check_forgotten) if ending is None else ():
                if status.step % settings.save_every == 0:
                    self._save(training, path, key)
                left = status.seconds / (status.step - first) * (status.num_steps - status.step)
                self._tell(TrainingStep(**vars(status), seconds_left=left, best=best))
                ending = self._should_stop()
                if ending is not None:
                    break
        except _Ended as ended:
            ending = ended.ending
        is_whole = training.step >= settings.num_steps
        return None if ending is Ending.KEEP and is_whole else ending

    def _save(self, training: _Training, path: Path, key: str) -> None:
        """Write the checkpoint; that it cannot be written is told, and is no reason to end."""
        try:
            training.save(path, key)
            keep_newest_checkpoints()
        except (AtelierError, OSError) as error:
            self._note(Text("no checkpoint could be kept on the way ({cause})", cause=error))

    def _require_checkpoints(self) -> None:
        """Say that there is nothing to go on with before all the work, where that can be told."""
        if self._request.resume is Resume.REQUIRED:
            require_checkpoints()

    def _counted(self, kind: type[ReadingPhotos] | type[CheckingFaces]) -> Callable[[int, int], None]:
        def count(done: int, total: int) -> None:
            self._tell(kind(done, total))
            self._check()

        return count

    def _check(self) -> None:
        """End where nothing is learnt yet, unless the best so far is wanted: there is one soon."""
        ending = self._should_stop()
        if ending in (Ending.PAUSE, Ending.FORGET):
            raise _Ended(ending)

    def _check_forgotten(self) -> None:
        """End in the middle of a step, where nothing of it is saved."""
        if self._should_stop() is Ending.FORGET:
            raise _Ended(Ending.FORGET)

    def _note(self, text: Text) -> None:
        if text not in self._notes:
            self._notes.add(text)
            self._tell(TrainingNote(text))


def _some(photos: Sequence[Proxy]) -> Sequence[Proxy]:
    """Photos in memory, of which there must be one."""
    if not photos:
        raise LearningError("no pictures to learn from; give a folder with at least one")
    return photos
