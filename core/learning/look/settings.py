"""How a photographer's style is learnt: every default, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..losses.settings import FEATURES, GAN_LOSSES, GanLoss, LossWeights
from ..stored_settings import StoredSettings, field_values, require_names


@dataclass(frozen=True)
class LookTrainSettings(StoredSettings):
    """What adversarial learning of one photographer can be told; stored in the style and with each checkpoint.

    Attributes:
        num_steps: of the generator, for each fold of the photos and for all of them, at most.
        batch_size: photos that the discriminator sees in a step, and pictures for content, style and smoothness.
        learning_rate: of the low-rank change, at its highest.
        discriminator_rate: of the discriminator, as a multiple of that.
        discriminator_steps: turns of the discriminator before each of the generator.
        gan_loss: of the game.
        weights: the lambdas.
        match_weight: of the distance between the colors of restyled people and of the photos, region by region.
        pull_weight: of what keeps a look near the one that the set network found: its mean squared change in Lab.
        r1_gamma, r1_every: strength of R1, and the interval of its lazy form.
        rank: of the change of each layer.
        ema_decay: of the averaged change, the one that is judged and kept.
        num_people: contents of a step, chosen among all for their likeness to the photographer's people.
        select_every: steps after which they are chosen anew, as the look comes nearer.
        clear_below: where the set network's look lies less than this from the photos, in units of what photos as few
            as these stray by chance, it is kept at once; 0 learns always.
        enough_below: the same distance of what was learnt, below which learning ends; nearer would be chance.
        validate_every: steps between two judgements by the other fold.
        save_every: steps between checkpoints.
        features: the network for content and style losses; empty for the best that is on this computer.
        seed: same seed and threads, same style.
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
    clear_below: float = 1.2
    enough_below: float = 0.5
    validate_every: int = 25
    save_every: int = 15
    features: str = "compact"
    seed: int = 0

    def __post_init__(self) -> None:
        self.require_counts("num_steps", "batch_size", "r1_every", "discriminator_steps", "rank")
        self.require_counts("num_people", "select_every", "validate_every", "save_every")
        if not (self.learning_rate > 0 and self.discriminator_rate > 0 and 0 <= self.ema_decay < 1):
            raise ValueError("learning_rate and discriminator_rate must be above 0, ema_decay in [0, 1)")
        if min(self.match_weight, self.pull_weight, self.clear_below, self.enough_below) < 0:
            raise ValueError("match_weight, pull_weight, clear_below and enough_below must be 0 or more")
        if self.gan_loss not in GAN_LOSSES:
            raise ValueError(f"gan_loss must be one of {', '.join(GAN_LOSSES)}, got {self.gan_loss!r}")
        if self.features and self.features not in FEATURES:
            raise ValueError(f"features must be empty or one of {', '.join(FEATURES)}, got {self.features!r}")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> LookTrainSettings:
        """Read what `to_json` wrote.

        Raises:
            ValueError: there are other keys, or a value is out of range.
        """
        require_names("settings", cls, values)
        require_names("weights", LossWeights, values["weights"])
        return cls(**{**field_values(cls, values), "weights": LossWeights(**values["weights"])})
