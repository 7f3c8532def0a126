"""Settings of the fine-tuning of a look, with all defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ...texts import Text
from ..losses.settings import FEATURES, GAN_LOSSES, GanLoss, LossWeights
from ..stored_settings import StoredSettings, field_values, require_names

LEAST_PHOTOS = 8  # fewer only give an instant style
GOOD_PHOTOS = 25  # so many give a good idea of a style
_OTHER_PEOPLE = 1.6  # factor of the limit without own untouched photos


@dataclass(frozen=True)
class LookTrainSettings(StoredSettings):
    """Settings of the fine-tuning of a look; stored in the style file and in checkpoints.

    Attributes:
        num_steps: most generator steps of each of the three trainings (two folds, and all photos).
        batch_size: photos of a discriminator step, and pictures of the content, style and TV losses.
        learning_rate: peak rate of the low-rank adapter.
        discriminator_rate: learning rate of the discriminator, as a multiple of `learning_rate`.
        discriminator_steps: discriminator steps before each generator step.
        gan_loss: form of the adversarial loss.
        weights: of the published losses.
        match_weight: of the distance between the color distributions of restyled people and of the photos.
        pull_weight: of the mean squared change of colors in Lab, which keeps the look near the set network's.
        r1_gamma, r1_every: strength of R1, and the interval of its lazy form.
        rank: of the adapter of each layer.
        ema_decay: of the averaged adapter, which is validated and kept.
        num_people: contents of a step, selected for their similarity to the photographer's people.
        select_every: steps between two selections of these.
        clear_below: discrepancy of the instant look from the photos, in units of that of as few photos by chance, below
            which training is skipped; 0 trains always. Without own untouched photos, see `clear_limit`.
        enough_below: discrepancy of the trained look, in the same unit, below which training ends.
        validate_every: steps between two validations on the other fold.
        features: network of the content and style losses; empty for the best one that is on this computer.
        seed: the same seed and number of threads give the same style on the CPU.
    """

    num_steps: int = 50
    batch_size: int = 4
    learning_rate: float = 8e-3
    discriminator_rate: float = 0.5
    discriminator_steps: int = 1
    gan_loss: GanLoss = "non_saturating"
    weights: LossWeights = field(default_factory=LossWeights)
    match_weight: float = 20.0
    pull_weight: float = 0.2
    r1_gamma: float = 1.0
    r1_every: int = 4
    rank: int = 8
    ema_decay: float = 0.8
    num_people: int = 132
    select_every: int = 25
    clear_below: float = 2.0
    enough_below: float = 0.5
    validate_every: int = 25
    features: str = "compact"
    seed: int = 0

    def __post_init__(self) -> None:
        self.require_counts("num_steps", "batch_size", "r1_every", "discriminator_steps", "rank")
        self.require_counts("num_people", "select_every", "validate_every")
        if not (self.learning_rate > 0 and self.discriminator_rate > 0 and 0 <= self.ema_decay < 1):
            raise ValueError(Text("learning_rate and discriminator_rate must be above 0, ema_decay in [0, 1)"))
        if min(self.match_weight, self.pull_weight, self.clear_below, self.enough_below) < 0:
            raise ValueError(Text("match_weight, pull_weight, clear_below and enough_below must be 0 or more"))
        if self.gan_loss not in GAN_LOSSES:
            raise ValueError(
                Text("gan_loss must be one of {forms}, got {given!r}", forms=", ".join(GAN_LOSSES), given=self.gan_loss)
            )
        if self.features and self.features not in FEATURES:
            raise ValueError(
                Text(
                    "features must be empty or one of {known}, got {features!r}",
                    known=", ".join(FEATURES),
                    features=self.features,
                )
            )

    def clear_limit(self, has_own: bool) -> float:
        """Return `clear_below` for these photos; larger if people at large replace own untouched photos.

        Differences between the photographer's people, cameras and backdrops and people at large look like a style to
        training; measured at up to 2.6 in the unit of `clear_below`.

        Args:
            has_own: whether there are enough untouched photos by the same photographer.
        """
        return self.clear_below * (1.0 if has_own else _OTHER_PEOPLE)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> LookTrainSettings:
        """Read what `to_json` wrote.

        Raises:
            ValueError: a key is missing or unknown, or a value is out of range.
        """
        require_names("settings", cls, values)
        require_names("weights", LossWeights, values["weights"])
        return cls(**{**field_values(cls, values), "weights": LossWeights(**values["weights"])})
