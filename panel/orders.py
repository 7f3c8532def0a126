"""What a visitor asks for when a training begins: checked, and made into settings."""

from __future__ import annotations

import os
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ..core.errors import AtelierError, LearningError
from ..core.learning.look.settings import LearnSettings
from ..core.learning.losses.settings import LossWeights
from ..core.learning.pixel.settings import PixelLearningSettings
from ..core.learning.request import TrainOptions
from ..core.styles.library import own_style_path
from ..core.texts import Text, cause_of
from .trainings import Training, TrainingRequest, TrainingStore

NO_NAME = Text("The style needs a name.")
QUALITIES = ("instant", "quick", "thorough")
_DEFAULT = LearnSettings()
_USUAL = asdict(LossWeights())
STEPS = {"instant": 0, "quick": _DEFAULT.num_steps // 2, "thorough": _DEFAULT.num_steps}
PIXEL_STEPS = {"instant": 0, "quick": 60, "thorough": PixelLearningSettings().num_steps}


@dataclass(frozen=True)
class Photos:
    """Photos to learn from, as they were handed in.

    Attributes:
        folder: where they lie.
        is_copy: uploaded, so the folder goes with the browser tab; else a folder of the user's own.
        count: how many serve.
        files: that were uploaded, as Gradio keeps them.
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
        steps: instead of those of the quality; None for these.
        weights: the lambdas.
        form: of the game.
        seed: the same seed learns the same.
        device: where to learn.
    """

    name: str
    quality: str = "quick"
    generator: str = "look"
    steps: int | None = None
    weights: LossWeights = _DEFAULT.weights
    form: str = _DEFAULT.form
    seed: int = _DEFAULT.seed
    device: str = "auto"

    @property
    def num_steps(self) -> int:
        """How long to train."""
        return self.steps or (PIXEL_STEPS if self.generator == "pixel" else STEPS)[self.quality]

    def options(self) -> TrainOptions:
        """As core takes them: what was left as the page shows it, which are a look's defaults, is not chosen.

        Raises:
            ValueError: a number cannot be used.
        """
        weights = {name: value for name, value in asdict(self.weights).items() if value != _USUAL[name]}
        form = None if self.form == _DEFAULT.form else self.form
        return TrainOptions(steps=self.num_steps or None, seed=self.seed, form=form, **weights)


def begin_training(
    store: TrainingStore, order: TrainingOrder, photos: Photos, content: Photos | None, owner: str = ""
) -> Training:
    """Put a training into the queue, with copies of what was uploaded.

    Raises:
        AtelierError: the name is taken or cannot be used, a number cannot, or the folder cannot be written.
    """
    name = order.name.strip()
    own_style_path(name)
    for other in store.all():
        if other.request.name == name and other.status.state not in ("done", "failed"):
            raise LearningError("{name}: is being learnt already; choose another name", name=name)
    request = _request(name, order, photos, content, owner)
    training = store.reserve()
    try:
        kept = _kept(photos, training.folder / "photos")
        untouched = None if content is None else _kept(content, training.folder / "content")
        store.begin(training, replace(request, photos=kept, content=untouched))
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


def _request(name: str, order: TrainingOrder, photos: Photos, content: Photos | None, owner: str) -> TrainingRequest:
    try:
        return TrainingRequest(
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
    """Where the photos of a training lie as long as it needs them."""
    if not photos.is_copy:
        return photos.folder.resolve()
    shutil.copytree(photos.folder, target, copy_function=_linked)
    return target


def _linked(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)
