"""How a photographer's style is learnt: every default, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .game_settings import FEATURES, FORMS, AdversarialForm, AugmentationSettings, LossWeights
from .stored_settings import StoredSettings, require_names


@dataclass(frozen=True)
class LearnSettings(StoredSettings):
    """What adversarial learning of one photographer can be told; stored in the style and with each checkpoint.

    Attributes:
        num_steps: of the generator, for each half of the photos.
        batch_size: contents, and style photos, in a step.
        learning_rate: of the code and the low-rank change, at its highest.
        discriminator_rate: of the discriminators, as a multiple of that.
        form: of the game.
        weights: the lambdas.
        pull_weight: of what keeps a look near the base model's: the mean squared change of its table and grid.
        pair_weight: of self-pairs: the photographer's own photo, pushed toward neutral, restyled, against itself.
        conditional_weight: of the discriminator that also sees the content, D(x, y); its real pairs are the self-pairs.
        critic_warmup, critic_steps: turns of the discriminators before the generator's first, and before each other.
        face_weight, patch_weight: how much the discriminators of faces and of patches count beside that of colors.
        r1_gamma, r1_every: strength of R1, and the interval of its lazy form.
        use_spectral_norm: in the discriminators.
        rank: of the change of each layer.
        noise: of z, in half of the cases.
        ema_decay: of the averaged change, the one that is judged and kept.
        num_drawn: portraits drawn from statistics, the content where none is given.
        judge_every: steps between two judgements of the other half.
        patience: steps without a better judgement, after which learning ends.
        save_every: steps between checkpoints.
        features: the network for content and style losses; empty for the best that is on this computer.
        augmentation: of what the discriminators see; never of color.
        seed: same seed and threads, same style.
    """

    num_steps: int = 60
    batch_size: int = 8
    learning_rate: float = 3e-3
    discriminator_rate: float = 3.0
    form: AdversarialForm = "non_saturating"
    weights: LossWeights = field(default_factory=LossWeights)
    pull_weight: float = 1.0
    pair_weight: float = 0.0
    conditional_weight: float = 0.0
    critic_warmup: int = 40
    critic_steps: int = 1
    face_weight: float = 1.0
    patch_weight: float = 0.5
    r1_gamma: float = 1.0
    r1_every: int = 8
    use_spectral_norm: bool = False
    rank: int = 4
    noise: float = 0.1
    ema_decay: float = 0.98
    num_drawn: int = 48
    judge_every: int = 15
    patience: int = 45
    save_every: int = 15
    features: str = ""
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)
    seed: int = 0

    def __post_init__(self) -> None:
        self.require_counts("num_steps", "batch_size", "r1_every", "critic_warmup", "critic_steps")
        self.require_counts("rank", "num_drawn", "judge_every", "patience", "save_every")
        if not (self.learning_rate > 0 and self.discriminator_rate > 0 and 0 <= self.ema_decay < 1):
            raise ValueError("learning_rate and discriminator_rate must be above 0, ema_decay in [0, 1)")
        if self.form not in FORMS:
            raise ValueError(f"form must be one of {', '.join(FORMS)}, got {self.form!r}")
        if self.features and self.features not in FEATURES:
            raise ValueError(f"features must be empty or one of {', '.join(FEATURES)}, got {self.features!r}")

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> LearnSettings:
        """Read what `to_json` wrote.

        Raises:
            ValueError: there are other keys, or a value is out of range.
        """
        require_names("settings", cls, values)
        nested = {"weights": LossWeights, "augmentation": AugmentationSettings}
        for name, kind in nested.items():
            require_names(name, kind, values[name])
        return cls(**{name: nested[name](**value) if name in nested else value for name, value in values.items()})
