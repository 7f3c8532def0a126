"""What a visitor asks for when a training begins: checked, and made into settings."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from ..core.errors import AtelierError, LearningError
from ..core.learning.look.settings import LookTrainSettings
from ..core.learning.losses.settings import LossWeights
from ..core.learning.pixel.trainer import PixelTrainSettings
from ..core.styles.library import own_style_path
from .trainings import Training, TrainingRequest, TrainingStore

QUALITIES = ("instant", "quick", "thorough")
_DEFAULT = LookTrainSettings()
STEPS = {"instant": 0, "quick": _DEFAULT.num_steps // 2, "thorough": _DEFAULT.num_steps}
PIXEL_STEPS = {"instant": 0, "quick": 60, "thorough": PixelTrainSettings().num_steps}


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
        gan_loss: of the game.
        seed: the same seed learns the same.
        device: where to learn.
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
        """How long to train."""
        return self.steps or (PIXEL_STEPS if self.generator == "pixel" else STEPS)[self.quality]

    def settings(self) -> LookTrainSettings:
        """As core takes them.

        Raises:
            LearningError: a number cannot be used.
        """
        try:
            return replace(
                _DEFAULT,
                num_steps=max(self.num_steps, 1),
                weights=self.weights,
                gan_loss=self.gan_loss,  # pyright: ignore[reportArgumentType] - checked by the settings
                seed=self.seed,
            )
        except ValueError as error:
            raise LearningError(f"Advanced: {error}") from error


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
            raise LearningError(f"{name}: is being learnt already; choose another name")
    settings = order.settings()
    training = store.reserve()
    try:
        request = TrainingRequest(
            name=name,
            photos=_kept(photos, training.folder / "photos"),
            content=None if content is None else _kept(content, training.folder / "content"),
            generator=order.generator,
            instant=order.quality == "instant",
            settings=settings,
            device=order.device,
            owner=owner,
        )
        store.begin(training, request)
    except (AtelierError, OSError) as error:
        shutil.rmtree(training.folder, ignore_errors=True)
        if any(part is not None and part.is_copy and not part.folder.is_dir() for part in (photos, content)):
            raise LearningError(f"{name}: its photos are not here any more; drop them again") from error
        if isinstance(error, AtelierError):
            raise
        raise LearningError(f"{training.folder}: cannot be written ({error.strerror}); is the disk full?") from error
    return training


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
