"""The request, the progress events and the result of a training; importing this module does not import torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..texts import Text
from .look.settings import LookTrainSettings
from .losses.settings import LossWeights
from .pixel.settings import PixelTrainSettings

if TYPE_CHECKING:
    from torch import Tensor

    from ..imaging.proxy import Proxy
    from ..photos.folder import Finding, PhotoFolder
    from ..styles.style import Style

GENERATORS = ("look", "pixel")
MAX_STEPS, MAX_SEED, MAX_WEIGHT = 10_000, 2**31 - 1, 100.0
_LOOK_ONLY = ("gan_loss", "features")
_WEIGHTS = tuple(item.name for item in fields(LossWeights))

CancelCheck = Callable[[], None]  # called often; an exception that it raises ends the work


def never_cancelled() -> None:
    """Do nothing: the check for work that cannot be cancelled."""


class UnsupportedOptionsError(ValueError):
    """Raised for options that the generator does not have.

    Args:
        names: of the options.
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            Text(
                "{names}: not of the pixel generator, which has one game and learns on the CPU; leave it out",
                names=", ".join(names),
            )
        )
        self.names = tuple(names)


class Resume(Enum):
    """Whether to resume from the checkpoint of an earlier training of the same photos and settings."""

    NEVER = "never"  # start anew and replace it
    IF_THERE = "if there"  # resume from it if it is usable, else start anew
    REQUIRED = "required"  # resume from it, or raise


class Ending(Enum):
    """How to end a training before its last step."""

    KEEP = "keep"  # return the best style so far; the checkpoint stays
    PAUSE = "pause"  # return no style; the checkpoint stays
    FORGET = "forget"  # return no style and delete the checkpoint


@dataclass(frozen=True)
class TrainOptions:
    """Options of a training; None selects the default of the generator.

    Attributes:
        steps: the most steps, 1 to MAX_STEPS.
        seed: the same seed gives the same style, 0 to MAX_SEED.
        adversarial_weight, content_weight, style_weight, tv_weight: weights of the losses, 0 to MAX_WEIGHT.
        gan_loss, features: of looks only: form of the adversarial loss, network of the content and style losses.

    Raises:
        ValueError: a number is out of range.
    """

    steps: int | None = None
    seed: int | None = None
    adversarial_weight: float | None = None
    content_weight: float | None = None
    style_weight: float | None = None
    tv_weight: float | None = None
    gan_loss: str | None = None
    features: str | None = None

    def __post_init__(self) -> None:
        limits = {"steps": (1, MAX_STEPS), "seed": (0, MAX_SEED), **dict.fromkeys(_WEIGHTS, (0, MAX_WEIGHT))}
        for name, (least, most) in limits.items():
            value = getattr(self, name)
            if value is not None and not least <= value <= most:
                raise ValueError(
                    Text(
                        "{name} must be {least} to {most:g}, got {value}",
                        name=name,
                        least=least,
                        most=most,
                        value=value,
                    )
                )

    @property
    def given(self) -> dict[str, Any]:
        """The options that are not None, by name."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def settings(self, generator: str) -> LookTrainSettings | PixelTrainSettings:
        """Return the settings of training: the given options, and the defaults of the generator for the rest.

        Args:
            generator: one of GENERATORS.

        Raises:
            ValueError: there is no such generator, it has no such option, or a value is out of range.
        """
        if generator not in GENERATORS:
            raise ValueError(Text("generator must be look or pixel, got {generator!r}", generator=generator))
        chosen = {"num_steps" if name == "steps" else name: value for name, value in self.given.items()}
        if generator == "pixel":
            if foreign := [name for name in _LOOK_ONLY if name in chosen]:
                raise UnsupportedOptionsError(foreign)
            return PixelTrainSettings(**chosen)
        weights = {name: chosen.pop(name) for name in _WEIGHTS if name in chosen}
        settings = LookTrainSettings(**chosen)
        return replace(settings, weights=replace(settings.weights, **weights))


@dataclass(frozen=True)
class TrainRequest:
    """The arguments of one training, for every host.

    Attributes:
        name: of the style.
        photos: folder of finished photos, path of one photo, or photos in memory.
        content: untouched photos by the same photographer, of the same types; None for none.
        generator: `look` for colors and light, `pixel` for painted textures.
        instant: whether to skip training.
        options: of training.
        device: torch device for training a look, see `pick_device`; None for the best available one.
        resume: whether to resume an earlier training of the same photos.
        check_faces: whether to report photos of a folder without a face, or on their side; takes a while.

    Raises:
        ValueError: an option is out of range, or the generator has no such option.
    """

    name: str
    photos: Path | Sequence[Proxy]
    content: Path | Sequence[Proxy] | None = None
    generator: str = "look"
    instant: bool = False
    options: TrainOptions = field(default_factory=TrainOptions)
    device: str | None = None
    resume: Resume = Resume.IF_THERE
    check_faces: bool = False

    def __post_init__(self) -> None:
        if self.generator == "pixel" and self.device is not None:
            raise UnsupportedOptionsError([*(name for name in _LOOK_ONLY if name in self.options.given), "device"])
        self.options.settings(self.generator)

    @property
    def settings(self) -> LookTrainSettings | PixelTrainSettings:
        """The settings of training: the options, and the defaults of the generator for the rest."""
        return self.options.settings(self.generator)


class StyleMaker(Protocol):
    """A function that returns the best style so far, marked as unfinished, with or without its cover picture."""

    def __call__(self, *, cover: bool = True) -> Style: ...


@dataclass(frozen=True)
class ReadingPhotos:
    """Progress of reading the photos of a folder."""

    done: int
    total: int


@dataclass(frozen=True)
class PhotosRead:
    """A folder was read: first that of the finished photos, then that of the untouched ones."""

    folder: PhotoFolder


@dataclass(frozen=True)
class CheckingFaces:
    """Progress of face detection in the photos of a folder."""

    done: int
    total: int


@dataclass(frozen=True)
class ReadingTexture:
    """Progress of reading the texture of photos at full size."""

    done: int
    total: int


@dataclass(frozen=True)
class InstantStyleMade:
    """The instant style is there, before training: first in colors alone, and again once its texture is known.

    Attributes:
        style: without its cover picture.
    """

    style: Style


@dataclass(frozen=True)
class FacesChecked:
    """The findings of face detection in the photos of a folder."""

    folder: PhotoFolder
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class PreparingTraining:
    """The photos are read, and the setup runs, which takes a while.

    Attributes:
        num_steps: of the training.
        share: of the setup that is done, 0 to 1, as far as it is known.
    """

    num_steps: int
    share: float = 0.0


@dataclass(frozen=True)
class TrainingBegan:
    """The setup is done, and the steps start.

    Attributes:
        step, num_steps: steps done before a resume, and in all.
        checkpoint: path of the checkpoint.
        make_best_style: returns the best style so far.
    """

    step: int
    num_steps: int
    checkpoint: Path
    make_best_style: StyleMaker


@dataclass(frozen=True)
class ValidationProgress:
    """Distances of restyled photos from held-out ones: of colors in Lab for a look, of patches for a pixel style.

    Attributes:
        instant_distance: distance of the instant style.
        distance: distance after this step.
        delta_weight: scale of the trained change at which `distance` was measured, 0 to 1.
        best_step, best_distance, best_delta_weight: step, distance and scale of the best style so far.
    """

    instant_distance: float
    distance: float
    delta_weight: float
    best_step: int
    best_distance: float
    best_delta_weight: float


@dataclass(frozen=True)
class TrainStatus:
    """The state of training after a step.

    Attributes:
        step, num_steps: generator steps done, and in all.
        terms: loss terms by name; of a look, the mean of three trainings: on each half of the photos and on all.
        validation: after a step that was validated; else None.
        samples: contents and their restyled form, each (B, 3, 32, 32) in [0, 1]; None in most steps.
        seconds: since this run started.
    """

    step: int
    num_steps: int
    terms: Mapping[str, float]
    validation: ValidationProgress | None
    samples: tuple[Tensor, Tensor] | None
    seconds: float


@dataclass(frozen=True)
class TrainingStep(TrainStatus):
    """A step was done.

    Attributes:
        seconds_left: estimate for the remaining steps.
        make_best_style: returns the best style so far.
    """

    seconds_left: float
    make_best_style: StyleMaker


@dataclass(frozen=True)
class TrainingNote:
    """A note for the user.

    Attributes:
        text: the note.
        is_found: whether it names what was found in the photos and is part of the style, which tells it, too.
    """

    text: Text
    is_found: bool = False


TrainProgress = (
    ReadingPhotos
    | PhotosRead
    | CheckingFaces
    | FacesChecked
    | InstantStyleMade
    | ReadingTexture
    | PreparingTraining
    | TrainingBegan
    | TrainingStep
    | TrainingNote
)
ProgressListener = Callable[[TrainProgress], None]


@dataclass(frozen=True)
class TrainResult:
    """The result of a training.

    Attributes:
        style: None after PAUSE and FORGET.
        ending: how training was ended early; None if it came to the end.
        step, num_steps: steps done, and in all.
        seconds: duration of the steps of this run.
        checkpoint: path of the checkpoint; None if nothing was trained, and after FORGET.
    """

    style: Style | None
    ending: Ending | None = None
    step: int = 0
    num_steps: int = 0
    seconds: float = 0.0
    checkpoint: Path | None = None

    def forget_checkpoint(self) -> None:
        """Delete the checkpoint of a training that came to the end; called once its style is stored."""
        if self.checkpoint is not None and self.ending is None:
            with suppress(OSError):  # a later training that resumes from it ends at once
                self.checkpoint.unlink(missing_ok=True)
