"""The order of a training: checked, and converted to settings."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ..core.errors import AtelierError, LearningError
from ..core.learning.look.settings import LookTrainSettings
from ..core.learning.losses.settings import LossWeights
from ..core.learning.pixel.settings import PixelTrainSettings
from ..core.learning.request import TrainOptions
from ..core.styles.library import own_style_path
from ..core.styles.sources import StyleSource
from ..core.texts import Text, cause_of
from .trainings import StoredRequest, Training, TrainingStore
from .uploads import link_or_copy

NO_NAME = Text("The style needs a name.")
QUALITIES = ("instant", "quick", "thorough")
_DEFAULT = LookTrainSettings()
_USUAL = asdict(LossWeights())
STEPS = {"instant": 0, "quick": _DEFAULT.num_steps // 2, "thorough": _DEFAULT.num_steps}
PIXEL_STEPS = {"instant": 0, "quick": 60, "thorough": PixelTrainSettings().num_steps}


@dataclass(frozen=True)
class Photos:
    """Photos for a training.

    Attributes:
        folder: of the photos.
        is_copy: whether they were uploaded, into a folder that is deleted with the browser tab.
        count: number of usable photos.
        files: uploaded files, as paths of Gradio.
    """

    folder: Path
    is_copy: bool
    count: int = 0
    files: tuple[Path, ...] = ()


@dataclass(frozen=True)
class TrainingOrder:
    """The fields of the page.

    Attributes:
        name: of the style.
        quality: one of QUALITIES.
        generator: `look` or `pixel`.
        steps: number of steps; None for that of the quality.
        weights: of the losses.
        gan_loss: form of the adversarial loss.
        seed: of training.
        device: of training.
    """

    name: str
    quality: str = "quick"
    generator: str = "look"
    steps: int | None = None
    weights: LossWeights = _DEFAULT.weights
    gan_loss: str = _DEFAULT.gan_loss
    seed: int = _DEFAULT.seed
    device: str = "auto"

    @property
    def num_steps(self) -> int:
        """The number of steps."""
        return self.steps or (PIXEL_STEPS if self.generator == "pixel" else STEPS)[self.quality]

    def options(self) -> TrainOptions:
        """Convert to options of training; fields with the default of a look, as the page shows them, become None.

        Raises:
            ValueError: a number is out of range.
        """
        weights = {name: value for name, value in asdict(self.weights).items() if value != _USUAL[name]}
        gan_loss = None if self.gan_loss == _DEFAULT.gan_loss else self.gan_loss
        return TrainOptions(steps=self.num_steps or None, seed=self.seed, gan_loss=gan_loss, **weights)


def begin_training(
    store: TrainingStore,
    order: TrainingOrder,
    photos: Photos,
    content: Photos | None,
    owner: str = "",
    seconds: float | None = None,
) -> Training:
    """Add a training to the queue, with copies of uploaded photos.

    Args:
        store: the trainings.
        order: what is asked for.
        photos: finished ones.
        content: untouched ones; None for none.
        owner: who began it.
        seconds: its expected duration; None if unknown.

    Raises:
        AtelierError: the name is taken or invalid, a number is out of range, or the folder cannot be written.
    """
    name = order.name.strip()
    own_style_path(name)
    _require_idle(store, name)
    return _stored(store, _request(name, order, photos, content, owner), photos, content, seconds)


def begin_again(
    store: TrainingStore, name: str, source: StyleSource, photos: Photos, content: Photos | None, owner: str = ""
) -> Training:
    """Add a training of a style that is in the library to the queue, as it was learnt before.

    Raises:
        AtelierError: it is being learnt already, or the folder cannot be written.
    """
    _require_idle(store, name)
    try:
        options = TrainOptions(**source.options)
    except (TypeError, ValueError):  # of another version
        options = TrainOptions()
    request = StoredRequest(
        name=name,
        photos=photos.folder,
        content=None if content is None else content.folder,
        generator=source.generator,
        instant=source.instant,
        options=options,
        owner=owner,
    )
    return _stored(store, request, photos, content)


def _require_idle(store: TrainingStore, name: str) -> None:
    for other in store.all():
        if other.request.name == name and other.status.state not in ("done", "failed"):
            raise LearningError("{name}: is being learnt already; choose another name", name=name)


def _stored(
    store: TrainingStore, request: StoredRequest, photos: Photos, content: Photos | None, seconds: float | None = None
) -> Training:
    name = request.name
    training = store.reserve()
    try:
        kept = _kept(photos, training.folder / "photos")
        untouched = None if content is None else _kept(content, training.folder / "content")
        store.begin(training, replace(request, photos=kept, content=untouched), seconds)
    except (AtelierError, OSError) as error:
        shutil.rmtree(training.folder, ignore_errors=True)
        if any(part is not None and part.is_copy and not part.folder.is_dir() for part in (photos, content)):
            raise LearningError("{name}: its photos are not here any more; drop them again", name=name) from error
        if isinstance(error, AtelierError):
            raise
        raise LearningError(
            "{folder}: cannot be written ({cause}); is the disk full?", folder=training.folder, cause=cause_of(error)
        ) from error
    return training


def _request(name: str, order: TrainingOrder, photos: Photos, content: Photos | None, owner: str) -> StoredRequest:
    try:
        return StoredRequest(
            name=name,
            photos=photos.folder,
            content=None if content is None else content.folder,
            generator=order.generator,
            instant=order.quality == "instant",
            options=order.options(),
            device=None if order.device == "auto" else order.device,
            owner=owner,
        )
    except ValueError as error:
        raise LearningError("Advanced: {cause}", cause=error) from error


def _kept(photos: Photos, target: Path) -> Path:
    """Return the folder of the photos of a training, copied if they were uploaded."""
    if not photos.is_copy:
        return photos.folder.resolve()
    shutil.copytree(photos.folder, target, copy_function=link_or_copy)
    return target
