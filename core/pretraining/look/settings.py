"""Settings of the pretraining of the set network, with all defaults."""

from __future__ import annotations

from dataclasses import dataclass

from ...learning.stored_settings import StoredSettings


@dataclass(frozen=True)
class PretrainSettings(StoredSettings):
    """Settings of pretraining; stored in checkpoints.

    Attributes:
        num_steps: optimizer steps; the learning rate decays to 1/50 at the last.
        num_sets, num_contents: style sets of a batch, and contents of each.
        film_share: share of looks that are films or mixtures of films.
        learning_rate: peak rate.
        weight_decay: of the optimizer.
        dropout: of the context.
        ema_decay: of the averaged network, which is validated and kept.
        variation_weight: of the loss of the best of eight variations, which trains z.
        variation_bound: largest relative distance of the mean variation over that of the look itself.
        error_weight: of the expected error.
        light_weight: of the penalty on the squared light.
        tameness_weight: of `trainer.tameness`.
        adversarial_weight: of L_GAN; 0 trains without a discriminator.
        content_weight, style_weight, tv_weight: lambda 1 to 3, on small pictures; 0 for none.
        discriminator_rate: learning rate of the discriminator, as a multiple of `learning_rate`.
        r1_gamma, r1_every: strength of R1, and the interval of its lazy form.
        pictures_every: steps between losses on small pictures.
        labels: whether regions are given.
        save_every, score_every: steps between checkpoints, and between validations.
        seed: the same seed, threads and number of processes give the same weights on the CPU.
    """

    num_steps: int = 20000
    num_sets: int = 16
    num_contents: int = 3
    film_share: float = 0.6
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    dropout: float = 0.1
    ema_decay: float = 0.998
    variation_weight: float = 0.25
    variation_bound: float = 1.08
    error_weight: float = 0.05
    light_weight: float = 0.01
    tameness_weight: float = 20.0
    adversarial_weight: float = 0.0
    content_weight: float = 0.0
    style_weight: float = 0.0
    tv_weight: float = 0.0
    discriminator_rate: float = 2.0
    r1_gamma: float = 0.1
    r1_every: int = 8
    pictures_every: int = 8
    labels: bool = True
    save_every: int = 500
    score_every: int = 1000
    seed: int = 0

    def __post_init__(self) -> None:
        self.require_counts("num_steps", "num_sets", "num_contents", "r1_every", "pictures_every")
        self.require_counts("save_every", "score_every")
        if not 0 <= self.film_share <= 1:
            raise ValueError(f"film_share must be in [0, 1], got {self.film_share}")
        if min(self.adversarial_weight, self.content_weight, self.style_weight, self.tv_weight) < 0:
            raise ValueError("weights of losses must be 0 or more")

    @property
    def has_pictures(self) -> bool:
        """Whether losses on small pictures are used."""
        return max(self.content_weight, self.style_weight, self.tv_weight) > 0
