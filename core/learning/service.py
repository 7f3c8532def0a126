"""Training of a style, for every host: reading photos, the instant style, steps, checkpoints and early ends.

A look is trained on photos, which are checked and sampled for their colors; a pixel style on pictures, which may be
paintings and are read at painting size without a check. Finished photos are those that carry the photographer's look;
content are untouched photos by the same hand. A proxy is a small copy of a photo, a cover the picture of a style.
"""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from ..errors import AtelierError, LearningError
from ..estimation.content import Content
from ..imaging.files.reading import read_photo
from ..imaging.proxy import Proxy, proxy_of
from ..imaging.rendering.render_torch import pick_device
from ..imaging.rendering.texture import Texture
from ..photos.cache import clear_picture_cache
from ..photos.face_check import check_faces
from ..photos.folder import FolderSettings, PhotoFolder, read_photo_folder
from ..photos.search import find_photos
from ..styles.cover import with_cover
from ..styles.pixel_style import PAINTING_SIZE
from ..styles.style import Style, checked_name
from ..styles.texture_words import texture_words
from ..texts import Text
from .checkpoint import checkpoint_path, keep_newest_checkpoints, require_checkpoint_like, training_key
from .look.instant import style_from_proxies
from .look.photos import TrainingPhotos
from .look.settings import LEAST_PHOTOS, LookTrainSettings
from .look.texture import learn_texture
from .look.training import StyleTraining
from .pixel.settings import MAX_PICTURES, PixelTrainSettings
from .pixel.training import PixelStyleTraining, pixel_style_of
from .request import (
    CancelCheck,
    CheckingFaces,
    Ending,
    FacesChecked,
    InstantStyleMade,
    PhotosRead,
    PreparingTraining,
    ProgressListener,
    ReadingPhotos,
    ReadingTexture,
    Resume,
    StyleMaker,
    TrainingBegan,
    TrainingNote,
    TrainingStep,
    TrainRequest,
    TrainResult,
    TrainStatus,
)

ShouldStop = Callable[[], Ending | None]
_log = logging.getLogger(__name__)
CHECKPOINT_SECONDS = 30.0  # of steps, and one more step: the most that a killed process loses


class _Training(Protocol):
    """The training of a look or of a pixel style; `key` names its checkpoint (`checkpoint.training_key`)."""

    @property
    def settings(self) -> LookTrainSettings | PixelTrainSettings: ...
    @property
    def step(self) -> int: ...
    def run(self, check_cancelled: CancelCheck) -> Iterator[TrainStatus]: ...
    def style(self, name: str, *, settings: Mapping[str, Any] | None = None, cover: bool = True) -> Style: ...
    def save(self, path: Path, key: str) -> None: ...
    def resume(self, path: Path, key: str) -> None: ...


_TrainingMaker = Callable[[Callable[[float], None]], _Training]  # given what is told of the setup's progress


class _Ended(Exception):  # noqa: N818 - not an error
    """The host ended the training before the first step, or in the middle of one."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.value)
        self.ending = ending


def train_style(
    request: TrainRequest, progress: ProgressListener = lambda _: None, should_stop: ShouldStop = lambda: None
) -> TrainResult:
    """Train a style on photos, or compute an instant style if requested or if the photos are too few.

    After the first step, every CHECKPOINT_SECONDS from then on, and at the end, a checkpoint is written to
    `checkpoint_path`, from which any host can resume. The host stores the style, then calls
    `TrainResult.forget_checkpoint`.

    Args:
        request: the arguments of the training.
        progress: called with each progress event, in this thread.
        should_stop: called often: between photos, in the middle of steps and between them. KEEP takes effect after the
            setup or the running step; PAUSE at once before the first step, else after the running one; FORGET at once.

    Returns:
        The style, or how training was ended without one.

    Raises:
        AtelierError: the name is invalid, no photo can be used, or there is no checkpoint although one is required.
    """
    checked_name(request.name)
    run = _Run(request, progress, should_stop)
    try:
        return run.learn_pixel() if request.generator == "pixel" else run.learn_look()
    except _Ended as ended:
        return TrainResult(None, ended.ending)


class _Run:
    """Holds the host's callbacks and the notes while one request is carried out."""

    def __init__(self, request: TrainRequest, progress: ProgressListener, should_stop: ShouldStop) -> None:
        self._request, self._progress, self._should_stop = request, progress, should_stop
        self._notes: set[Text] = set()
        self._folder: PhotoFolder | None = None  # of the finished photos
        self._texture: Texture | None = None

    def learn_look(self) -> TrainResult:
        """Train a look, or compute an instant one."""
        request = self._request
        clear_picture_cache()
        self._require_checkpoint()
        photos, style_settings = self._photos(request.photos)
        content = None if request.content is None else self._photos(request.content)[0]
        settings_of_instant = {"method": "set network", **style_settings}
        instant = style_from_proxies(photos, request.name, content=content, settings=settings_of_instant, cover=False)
        self._progress(InstantStyleMade(instant))
        self._learn_texture(instant)
        instant = replace(instant, texture=self._texture)
        if self._texture is not None:
            self._progress(InstantStyleMade(instant))
        if request.instant or len(photos) < LEAST_PHOTOS:
            if not request.instant:
                few = Text(
                    "fewer than {least} photos teach no more than an instant style; this is one", least=LEAST_PHOTOS
                )
                self._note(few)
            return TrainResult(with_cover(instant))
        finished = self._training_photos(photos)
        untouched = None if content is None else self._training_photos(content)
        device = str(pick_device(request.device or "auto"))
        settings = request.settings
        assert isinstance(settings, LookTrainSettings)
        sets = (finished.proxies, () if untouched is None else untouched.proxies)
        are_all = tuple(map(len, sets)) == (len(photos), len(content or ()))

        def make_training(prepared: Callable[[float], None]) -> StyleTraining:
            return StyleTraining(
                finished,
                untouched,
                settings=settings,
                device=device,
                texture=self._texture,
                instant=instant if are_all else None,
                check_cancelled=self._raise_if_ended,
                prepared=prepared,
            )

        return self._train(make_training, training_key("look", settings, *sets), style_settings)

    def learn_pixel(self) -> TrainResult:
        """Train a pixel style, or compute an instant one."""
        request = self._request
        self._require_checkpoint()
        pictures = self._pictures(request.photos)
        content = None if request.content is None else self._pictures(request.content)
        instant = pixel_style_of(pictures, request.name)
        self._progress(InstantStyleMade(instant))
        if request.instant:
            return TrainResult(with_cover(instant))
        settings = request.settings
        assert isinstance(settings, PixelTrainSettings)
        key = training_key("pixel", settings, pictures, content or ())

        def make_training(prepared: Callable[[float], None]) -> PixelStyleTraining:
            return PixelStyleTraining(
                pictures, content, settings, check_cancelled=self._raise_if_ended, prepared=prepared
            )

        return self._train(make_training, key, {})

    def _photos(self, photos: Path | Sequence[Proxy]) -> tuple[Sequence[Proxy], dict[str, Any]]:
        """Read the photos; return them, and the folder settings to store in the style."""
        if not isinstance(photos, Path):
            return _require_some(photos), {}
        settings = FolderSettings()
        folder = read_photo_folder(photos, settings=settings, progress=self._progress_reporter(ReadingPhotos))
        self._folder = self._folder or folder
        self._progress(PhotosRead(folder))
        if self._request.check_faces:
            self._progress(FacesChecked(folder, check_faces(folder, self._progress_reporter(CheckingFaces))))
        return folder.proxies, {"folder": asdict(settings)}

    def _learn_texture(self, instant: Style) -> None:
        """Estimate the texture of a folder; photos in memory are small copies, which have lost theirs.

        Args:
            instant: the instant style of the photos, for the contrast of its look.
        """
        if self._folder is None:
            return
        look = instant.look_for(Content.mean_portrait())
        report = self._progress_reporter(ReadingTexture)
        found = learn_texture(self._folder, look, report, self._raise_if_ended)
        for text in found.notes:
            self._note(text)
        self._texture = found.texture
        if instant.treats_ground_apart:
            self._note(Text("found in the photos: subject and ground are treated apart"), is_found=True)
        if self._texture is not None:
            self._note(Text("found in the photos: {texture}", texture=texture_words([self._texture])), is_found=True)

    def _pictures(self, photos: Path | Sequence[Proxy]) -> Sequence[Proxy]:
        """Read at most MAX_PICTURES pictures at painting size; unreadable ones are reported and skipped."""
        if not isinstance(photos, Path):
            return _require_some(photos)
        found = find_photos(photos)
        chosen = found[:: max(1, math.ceil(len(found) / MAX_PICTURES))]  # every n-th, from the whole folder
        pictures: list[Proxy] = []
        for done, path in enumerate(chosen, start=1):
            try:
                pictures.append(proxy_of(read_photo(path), PAINTING_SIZE))
            except AtelierError as error:
                self._note(Text("{text}; left out", text=error))
            self._progress_reporter(ReadingPhotos)(done, len(chosen))
        if not pictures:
            raise LearningError(
                "{photos}: no picture in it can be read; name a folder of JPEG, PNG, TIFF or WebP files", photos=photos
            )
        return pictures

    def _training_photos(self, photos: Sequence[Proxy]) -> TrainingPhotos:
        picked = TrainingPhotos.of(photos)
        for text in picked.notes:
            self._note(text)
        return picked

    def _train(self, make_training: _TrainingMaker, key: str, style_settings: dict[str, Any]) -> TrainResult:
        path, num_steps = checkpoint_path(key), self._request.settings.num_steps
        self._progress(PreparingTraining(num_steps))
        self._raise_if_ended()
        training = self._prepared(make_training, path, key)
        style_settings = {**style_settings, "training": key}
        make_best_style = partial(training.style, self._request.name, settings={**style_settings, "finished": False})
        self._progress(TrainingBegan(training.step, num_steps, path, make_best_style))
        started = time.perf_counter()
        ending = self._steps(training, path, key, make_best_style)
        seconds = time.perf_counter() - started
        if ending is Ending.FORGET:
            with suppress(OSError):
                path.unlink(missing_ok=True)
            return TrainResult(None, ending, training.step, num_steps, seconds)
        self._save(training, path, key)
        style = None
        if ending is not Ending.PAUSE:
            style = training.style(self._request.name, settings={**style_settings, "finished": ending is None})
        return TrainResult(style, ending, training.step, num_steps, seconds, path)

    def _prepared(self, make_training: _TrainingMaker, path: Path, key: str) -> _Training:
        """Return a training, resumed from the checkpoint if requested."""
        num_steps = self._request.settings.num_steps

        def report(share: float) -> None:
            self._progress(PreparingTraining(num_steps, share))

        training, resume = make_training(report), self._request.resume
        if resume is Resume.NEVER or (resume is Resume.IF_THERE and not path.is_file()):
            return training
        try:
            training.resume(path, key)
        except LearningError as error:
            if resume is Resume.REQUIRED:
                raise
            self._note(Text("the checkpoint could not be used, so learning began anew ({cause})", cause=error))
            return make_training(report)  # the other may be partly restored
        return training

    def _steps(self, training: _Training, path: Path, key: str, make_best_style: StyleMaker) -> Ending | None:
        """Train; return how training was ended early, else None."""
        first_step, saved = training.step, -math.inf
        ending = self._should_stop()
        try:
            for status in training.run(self._raise_if_forgotten) if ending is None else ():
                if time.monotonic() - saved >= CHECKPOINT_SECONDS:
                    self._save(training, path, key)
                    saved = time.monotonic()
                left = status.seconds / (status.step - first_step) * (status.num_steps - status.step)
                self._progress(TrainingStep(**vars(status), seconds_left=left, make_best_style=make_best_style))
                ending = self._should_stop()
                if ending is not None:
                    break
        except _Ended as ended:
            ending = ended.ending
        is_complete = training.step >= training.settings.num_steps
        return None if ending is Ending.KEEP and is_complete else ending

    def _save(self, training: _Training, path: Path, key: str) -> None:
        """Write the checkpoint; a failure becomes a note."""
        try:
            training.save(path, key)
            _log.info("checkpoint of step %d: %s", training.step, path)
            keep_newest_checkpoints()
        except (AtelierError, OSError) as error:
            self._note(Text("no checkpoint could be kept on the way ({cause})", cause=error))

    def _require_checkpoint(self) -> None:
        """Raise before all the work if a checkpoint is required and no training with these settings has one."""
        if self._request.resume is Resume.REQUIRED:
            require_checkpoint_like(self._request.settings)

    def _progress_reporter(
        self, kind: type[ReadingPhotos] | type[CheckingFaces] | type[ReadingTexture]
    ) -> Callable[[int, int], None]:
        def report(done: int, total: int) -> None:
            self._progress(kind(done, total))
            self._raise_if_ended()

        return report

    def _raise_if_ended(self) -> None:
        """Raise _Ended before the first step, except for KEEP, which waits for the first style."""
        ending = self._should_stop()
        if ending in (Ending.PAUSE, Ending.FORGET):
            raise _Ended(ending)

    def _raise_if_forgotten(self) -> None:
        """Raise _Ended in the middle of a step, for FORGET only, since the step is lost."""
        if self._should_stop() is Ending.FORGET:
            raise _Ended(Ending.FORGET)

    def _note(self, text: Text, *, is_found: bool = False) -> None:
        if text not in self._notes:
            self._notes.add(text)
            self._progress(TrainingNote(text, is_found))


def _require_some(photos: Sequence[Proxy]) -> Sequence[Proxy]:
    """Return photos in memory; raise LearningError if there are none."""
    if not photos:
        raise LearningError("no pictures to learn from; give a folder with at least one")
    return photos
