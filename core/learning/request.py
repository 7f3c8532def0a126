"""What a host asks of a training, what it is told on the way, and what it gets; without the weight of torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..texts import Text
from .look.settings import LearnSettings
from .losses.settings import LossWeights
from .pixel.settings import PixelLearningSettings
from .stored_settings import StoredSettings

if TYPE_CHECKING:
    from torch import Tensor

    from ..imaging.proxy import Proxy
    from ..photos.folder import Finding, PhotoFolder
    from ..styles.style import Style

GENERATORS = ("look", "pixel")
MAX_STEPS, MAX_SEED, MAX_WEIGHT = 10_000, 2**31 - 1, 100.0
_LOOK_ONLY = ("form", "features")
_WEIGHTS = tuple(item.name for item in fields(LossWeights))


Asked = Callable[[], None]  # called often on the way; what it raises ends the work where it stands


def still_wanted() -> None:
    """What is asked where nobody can stop the work."""


class ForeignOptionsError(ValueError):
    """Options that the generator does not have, by their names."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            Text(
                "{names}: not of the pixel generator, which has one game and learns on the CPU; leave it out",
                names=", ".join(names),
            )
        )
        self.names = tuple(names)


class Resume(Enum):
    """What is done with the checkpoint of an earlier training of the same photos and settings."""

    NEVER = "never"  # begin anew; it is replaced
    IF_THERE = "if there"  # go on from it where it can be used, else begin anew
    REQUIRED = "required"  # go on from it, or fail


class Ending(Enum):
    """How a training ends before its last step."""

    KEEP = "keep"  # the best so far becomes the style; it can be gone on with
    PAUSE = "pause"  # no style yet; it can be gone on with
    FORGET = "forget"  # nothing is left of it


@dataclass(frozen=True)
class TrainOptions(StoredSettings):
    """What a user chose about a training; None leaves it to the generator's own default.

    Attributes:
        steps: at most so many, 1 to MAX_STEPS.
        seed: the same seed learns the same, 0 to MAX_SEED.
        adversarial_weight, content_weight, style_weight, tv_weight: what counts how much, 0 to MAX_WEIGHT.
        form, features: of a look alone: the form of the game, the network of content and style.
    """

    steps: int | None = None
    seed: int | None = None
    adversarial_weight: float | None = None
    content_weight: float | None = None
    style_weight: float | None = None
    tv_weight: float | None = None
    form: str | None = None
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
        """Those that were chosen, by name."""
        return {name: value for name, value in self.to_json().items() if value is not None}

    def settings(self, generator: str) -> LearnSettings | PixelLearningSettings:
        """What was chosen, and the generator's defaults for the rest.

        Raises:
            ValueError: there is no such generator, it has no such option, or a value is out of range.
        """
        if generator not in GENERATORS:
            raise ValueError(Text("generator must be look or pixel, got {generator!r}", generator=generator))
        chosen = {"num_steps" if name == "steps" else name: value for name, value in self.given.items()}
        if generator == "pixel":
            if foreign := [name for name in _LOOK_ONLY if name in chosen]:
                raise ForeignOptionsError(foreign)
            return PixelLearningSettings(**chosen)
        weights = {name: chosen.pop(name) for name in _WEIGHTS if name in chosen}
        settings = LearnSettings(**chosen)
        return replace(settings, weights=replace(settings.weights, **weights))


@dataclass(frozen=True)
class TrainRequest:
    """One training, whoever asks for it.

    Attributes:
        name: of the style.
        photos: folder of finished photos, one photo, or photos in memory.
        content: untouched photos of the same hand, likewise; None for none.
        generator: `look`: colors and light; `pixel`: paints.
        instant: compute the style, do not train.
        options: what the user chose.
        device: where a look is learnt, as `pick_device` takes it; None for the best at hand.
        resume: what is done with an earlier training of the same photos.
        check_faces: say which photos of a folder show no face, or lie on their side; takes a while.

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
            raise ForeignOptionsError([*(name for name in _LOOK_ONLY if name in self.options.given), "device"])
        self.options.settings(self.generator)

    @property
    def settings(self) -> LearnSettings | PixelLearningSettings:
        """The options and the generator's defaults."""
        return self.options.settings(self.generator)


class StyleMaker(Protocol):
    """Makes the best style so far, with its cover or without; its file says that it is not finished."""

    def __call__(self, *, cover: bool = True) -> Style: ...


@dataclass(frozen=True)
class ReadingPhotos:
    """So many of the photos of a folder are read."""

    done: int
    total: int


@dataclass(frozen=True)
class PhotosRead:
    """A folder is read: that of the finished photos first, then that of the untouched ones."""

    folder: PhotoFolder


@dataclass(frozen=True)
class CheckingFaces:
    """So many of the photos of a folder are searched for faces."""

    done: int
    total: int


@dataclass(frozen=True)
class FacesChecked:
    """Of which photos of a folder no face was found."""

    folder: PhotoFolder
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class PreparingTraining:
    """The photos are read; what comes before the first step begins, and takes a while."""

    num_steps: int


@dataclass(frozen=True)
class TrainingBegan:
    """Steps follow.

    Attributes:
        step, num_steps: done by an earlier training that this one goes on with, and in all.
        checkpoint: to go on from; written on the way.
        best: the style as it is now.
    """

    step: int
    num_steps: int
    checkpoint: Path
    best: StyleMaker


@dataclass(frozen=True)
class Validation:
    """How far what was learnt is from photos that did not teach it: in Lab of a look, in pixels' values of a painting.

    Attributes:
        start: of the instant style.
        score: now.
        keep: the share of what was learnt that is kept of it, 0 to 1.
        best_step, best_score, best_keep: the same of the best so far, which is kept.
    """

    start: float
    score: float
    keep: float
    best_step: int
    best_score: float
    best_keep: float


@dataclass(frozen=True)
class LearnStatus:
    """Where learning stands after a step.

    Attributes:
        step, num_steps: of the generator, done and in all.
        terms: what the losses were made of, the mean of both folds and the whole.
        validation: what the photos kept aside say, where they were asked now.
        samples: some contents and what they look like now, each (B, 3, 32, 32) in [0, 1]; None in most steps.
        seconds: of this run.
    """

    step: int
    num_steps: int
    terms: Mapping[str, float]
    validation: Validation | None
    samples: tuple[Tensor, Tensor] | None
    seconds: float


@dataclass(frozen=True)
class TrainingStep(LearnStatus):
    """A step is done: how long the others take, as far as this run tells, and the best style so far."""

    seconds_left: float
    best: StyleMaker


@dataclass(frozen=True)
class TrainingNote:
    """Something the user should know."""

    text: Text


TrainProgress = (
    ReadingPhotos
    | PhotosRead
    | CheckingFaces
    | FacesChecked
    | PreparingTraining
    | TrainingBegan
    | TrainingStep
    | TrainingNote
)
ProgressListener = Callable[[TrainProgress], None]


@dataclass(frozen=True)
class TrainResult:
    """What a training gave.

    Attributes:
        style: None where it was paused or forgotten.
        ending: how it was ended early; None where it came to its end.
        step, num_steps: done and in all.
        seconds: that learning took in this run.
        checkpoint: to go on from; None where there was no training, or it was forgotten.
    """

    style: Style | None
    ending: Ending | None = None
    step: int = 0
    num_steps: int = 0
    seconds: float = 0.0
    checkpoint: Path | None = None

    def forget_checkpoint(self) -> None:
        """Remove the checkpoint of a training that came to its end; for when its style is safely stored."""
        if self.checkpoint is not None and self.ending is None:
            with suppress(OSError):  # a later training goes on with it, and is at its end at once
                self.checkpoint.unlink(missing_ok=True)
