"""Distill a large feature network to a small one.

    python -m portrait_atelier.core.pretraining.features.run TEACHER.npz FOLDER... -o weights/compact.safetensors

Each folder is as for `atelier pretrain`: `FOLDER:336` takes its first 336 photos by name. Every twentieth photo
is held out to select the step that is kept. An interrupted run is resumed with `--resume`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from ...errors import AtelierError, LearningError
from ...folders import weights_folder
from ...imaging.files.atomic import atomic_write
from ...networks.feature_layers import vgg_shaped
from ...networks.features import LAYER_SELECTIONS, FeatureExtractor
from ...photos.search import photos_of
from .photos import draw_batch, read_photos
from .student import Distillation, DistillationSettings
from .teacher import read_teacher

_VALIDATION_EVERY, _BALANCING_SEED = 20, 1_000_033


@dataclass(frozen=True)
class DistillationStatus:
    """The state of distillation: `loss` of this step; `score` is the mean R2 on held-out photos, if measured."""

    step: int
    loss: float
    score: float | None


def distill(task: Distillation, photos: Sequence[np.ndarray], checkpoint: Path) -> Iterator[DistillationStatus]:
    """Distill until the last step; the caller reports, or stops iterating.

    The crops depend on the step only, so a resumed run equals an uninterrupted one.

    Args:
        task: new, or restored.
        photos: (H, W, 3) uint8 each.
        checkpoint: written every `save_every` steps and at the end.

    Yields:
        The status after each step.

    Raises:
        LearningError: there are fewer than 21 photos, of which two are held out.
    """
    if len(photos) <= _VALIDATION_EVERY:
        raise LearningError(
            "{count} photos are too few to teach with; give at least {least}",
            one="{count} photo is too few to teach with; give at least {least}",
            count=len(photos),
            least=_VALIDATION_EVERY + 1,
        )
    settings = task.settings
    validation = list(photos[::_VALIDATION_EVERY])
    learning = [photo for index, photo in enumerate(photos) if index % _VALIDATION_EVERY]
    while task.step < settings.steps:
        rng = np.random.default_rng([settings.seed, task.step])
        loss, score = task.train_step(draw_batch(learning, settings.crop_size, settings.num_crops, rng)), None
        if task.step % settings.save_every == 0 or task.step == settings.steps:
            score = task.select_checkpoint(validation)
            task.save(checkpoint)
        yield DistillationStatus(task.step, loss, score)


@torch.no_grad()
def balance(student: FeatureExtractor, photos: Tensor) -> None:
    """Scale each convolution so that its ReLU's mean over photos is 1, as in the VGG of Gatys et al. (2016, sec. 2).

    The input of later layers is compensated, because the ReLU is homogeneous, but all layers get the same scale in a
    loss.
    """
    names = [name for name in student.layer_names if name.startswith("relu")]
    means = [float(values.mean().clamp(min=1e-6)) for values in student(photos, names).values()]
    before = 1.0
    for name, mean in zip(names, means, strict=True):
        convolution = student.layers.get_submodule(name.replace("relu", "conv"))
        convolution.get_parameter("weight").mul_(before / mean)
        convolution.get_parameter("bias").div_(mean)
        before = mean


def finished(task: Distillation, photos: Sequence[np.ndarray]) -> dict[str, Tensor]:
    """Return the best student so far, its layers balanced over 32 crops in 64 looks, without the lifts."""
    layers = vgg_shaped(task.settings.widths, task.settings.depths)
    layers.load_state_dict(task.best)
    student = FeatureExtractor(layers, LAYER_SELECTIONS["compact"])
    rng = np.random.default_rng(_BALANCING_SEED)
    batch = draw_batch(photos, task.settings.crop_size, 32, rng)
    balance(student, batch)
    return {name: value.contiguous() for name, value in layers.state_dict().items()}


def main(arguments: Sequence[str] | None = None) -> int:
    """Distill the bundled feature network."""
    options = _parser().parse_args(arguments)
    checkpoint = options.output.with_suffix(".checkpoint.safetensors")
    try:
        task = Distillation(read_teacher(options.teacher), DistillationSettings(steps=options.steps, seed=options.seed))
        if options.resume:
            task.restore(checkpoint)
        photos = read_photos([path for folder in options.photos for path in photos_of(folder)])
        _report(task, distill(task, photos, checkpoint))
        with atomic_write(options.output, overwrite=True) as temporary:
            temporary.write_bytes(save(finished(task, photos)))
    except AtelierError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _report(task: Distillation, statuses: Iterator[DistillationStatus]) -> None:
    """Print each measured step on stderr; Ctrl-C ends distillation and keeps the best step so far."""
    try:
        for status in statuses:
            if status.score is not None:
                text = f"step {status.step}/{task.settings.steps}: loss {status.loss:.3f}, R2 {status.score:.4f}\n"
                sys.stderr.write(text)
                sys.stderr.flush()
    except KeyboardInterrupt:
        sys.stderr.write(f"stopped after step {task.step}; the best so far is kept\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Teach a small feature network what a large one sees.")
    parser.add_argument("teacher", type=Path, help="npz of a VGG-shaped encoder")
    parser.add_argument("photos", nargs="+", help="FOLDER; FOLDER:N for its first N photos, FOLDER:-N for its last")
    parser.add_argument("-o", "--output", type=Path, default=weights_folder() / "compact.safetensors")
    parser.add_argument("--steps", type=int, default=DistillationSettings.steps)
    parser.add_argument("--seed", type=int, default=DistillationSettings.seed)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint beside the output")
    return parser


if __name__ == "__main__":
    sys.exit(main())
