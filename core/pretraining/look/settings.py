"""How the set network is trained: every default, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from ...learning.stored_settings import StoredSettings


@dataclass(frozen=True)
class PretrainSettings(StoredSettings):
    """What base training can be told; stored with each checkpoint.

    Attributes:
        num_steps: of the optimizer; the learning rate falls to a fiftieth toward the last.
        num_sets, num_contents: of a batch.
        film_share: of the looks that are films or their mixtures.
        learning_rate: at its highest.
        weight_decay: of the optimizer.
        dropout: in the context.
        ema_decay: of the averaged network, the one that is judged and kept.
        variation_weight: of the best of eight variations of a look, which teaches z.
        variation_bound: how much farther than the look itself the mean variation may be.
        error_weight: of the expected error.
        light_weight: of the squared size of light.
        tameness_weight: of how much less, or more, all results of a batch move, and are colored, than the answers.
        adversarial_weight: lambda of the game, 0 without it.
        content_weight, style_weight, tv_weight: lambdas of the published terms, on small pictures; 0 without them.
        discriminator_rate: its learning rate, as a multiple of the generator's.
        r1_gamma, r1_every: strength of R1, and the interval of its lazy form.
        pictures_every: steps between batches of small pictures.
        labels: whether regions are told.
        save_every, score_every: steps between checkpoints, and between scores of people and looks held out.
        seed: same seed, threads and number of processes, same numbers.
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
        """Whether small pictures are rendered, for the published terms."""
        return max(self.content_weight, self.style_weight, self.tv_weight) > 0
