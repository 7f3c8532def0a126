"""How the pixel generator is pretrained: every default, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from ...learning.stored_settings import StoredSettings


@dataclass(frozen=True)
class PixelPretrainSettings(StoredSettings):
    """What pretraining can be told; stored with each checkpoint.

    Attributes:
        num_steps: of the optimizer; the learning rate falls to nothing toward the last.
        num_sets: painters in a batch.
        num_crops: of one photo, by one painter; they share their statistics, as the places of a photo do in use.
        crop_size: pixels a side, a multiple of 4.
        num_patches: most patches of other paintings by the same painter, from which the style code comes.
        patch_size: their pixels a side.
        held_out_every: of so many photos, one is kept aside to judge by.
        num_validation_sets: painters that judge, of parameters of their own.
        learning_rate: at its highest.
        modulation_rate: learning rate of what turns style codes into modulations, as a part of the generator's.
        ema_decay: of the averaged generator, the one that is judged and kept.
        noise: of z, in half of the sets.
        pixel_weight: of the mean difference to the true answer.
        lab_weight: of the distance to it in Lab.
        reading_weight: of the difference between the code read off patches and that of the painter's description.
        content_weight, style_weight, tv_weight: lambda 1 to 3; their terms are about 1 at the start.
        adversarial_weight: of the patch critic.
        adversarial_from: step from which on it plays; before, the answers alone teach faster.
        discriminator_rate: its learning rate, as a multiple of the generator's.
        r1_gamma, r1_every: strength of R1, and the interval of its lazy form.
        half_precision: compute in bfloat16 where that is safe.
        save_every: steps between checkpoints.
        score_every: steps between scores.
        seed: same seed and threads, same numbers.
    """

    num_steps: int = 1500
    num_sets: int = 6
    num_crops: int = 2
    crop_size: int = 80
    num_patches: int = 2
    patch_size: int = 96
    held_out_every: int = 20
    num_validation_sets: int = 48
    learning_rate: float = 3e-3
    modulation_rate: float = 0.2
    ema_decay: float = 0.99
    noise: float = 0.1
    pixel_weight: float = 10.0
    lab_weight: float = 0.1
    reading_weight: float = 1.0
    content_weight: float = 0.25
    style_weight: float = 0.15
    tv_weight: float = 0.01
    adversarial_weight: float = 0.1
    adversarial_from: int = 900
    discriminator_rate: float = 0.3
    r1_gamma: float = 1.0
    r1_every: int = 8
    half_precision: bool = True
    save_every: int = 100
    score_every: int = 250
    seed: int = 0

    def __post_init__(self) -> None:
        self.require_counts("num_steps", "num_sets", "num_crops", "num_patches", "num_validation_sets")
        self.require_counts("save_every", "r1_every")
        self.require_sizes("crop_size", "patch_size")
        if self.held_out_every < 2:
            raise ValueError(f"held_out_every must be at least 2, got {self.held_out_every}")
