"""How the base model is trained: every default, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from .stored_settings import StoredSettings

PRECISIONS = ("auto", "float32", "bfloat16")


@dataclass(frozen=True)
class BaseSettings(StoredSettings):
    """What base training can be told; stored with each checkpoint.

    Attributes:
        num_steps: of the optimizer; the learning rate falls to nothing toward the last.
        num_sets: style sets in a batch; of several processes, each learns from a batch of its own.
        num_contents: photos that each set is tried on.
        num_passes: how often each batch is learnt from, since drawing it costs more.
        held_out_share: of the people of each kind, kept aside to choose by.
        num_choosing_sets: sets of the people held out, of each kind.
        learning_rate: at its highest.
        weight_decay: of the optimizer.
        dropout: in the generator.
        ema_decay: of the averaged generator, the one that is judged and kept.
        noise: of z in half of the cases, so that the codes around a style's give looks like its own.
        pixel_weight: of the mean difference of sRGB values, beside the distance in Lab.
        smoothness_weight: of the grid's roughness from cell to cell.
        subject_weight: of finding the person, which light may follow.
        adversarial_weight: of the adversary; 0 trains without one. The true answer is known here, so it can add little.
        discriminator_rate: its learning rate, as a multiple of the generator's.
        r1_gamma, r1_every: strength of R1, and the interval of its lazy form.
        save_every: steps between checkpoints, at most 200.
        score_every: steps between scores of the people held out.
        precision: of the networks in training: `float32`, `bfloat16` (weights, looks, colors and losses stay float32),
            or `auto`: `bfloat16` on CUDA devices that compute it (Ampere and later), else `float32`.
        seed: same seed, threads and number of processes, same numbers.
    """

    num_steps: int = 8000
    num_sets: int = 6
    num_contents: int = 2
    num_passes: int = 3
    held_out_share: float = 0.1
    num_choosing_sets: int = 48
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    dropout: float = 0.1
    ema_decay: float = 0.998
    noise: float = 0.1
    pixel_weight: float = 3.0
    smoothness_weight: float = 0.1
    subject_weight: float = 0.05
    adversarial_weight: float = 0.0
    discriminator_rate: float = 2.0
    r1_gamma: float = 1.0
    r1_every: int = 16
    save_every: int = 200
    score_every: int = 400
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        self.require_counts("num_steps", "num_sets", "num_contents", "num_passes", "num_choosing_sets")
        self.require_counts("score_every", "r1_every")
        if not 1 <= self.save_every <= 200:
            raise ValueError(f"save_every must be 1 to 200, got {self.save_every}")
        if not 0 < self.held_out_share < 1:
            raise ValueError(f"held_out_share must lie between 0 and 1, got {self.held_out_share}")
        if self.precision not in PRECISIONS:
            raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, got {self.precision!r}")
        if self.adversarial_weight < 0:
            raise ValueError(f"adversarial_weight must be 0 or more, got {self.adversarial_weight}")
