"""Train the region network.

    python -m portrait_atelier.core.pretraining.regions.run DATA/portraits/train DATA/portraits-real/images:336 \\
        --masks DATA/portraits/masks --masks DATA/portraits-real/masks -o RUN

Every twelfth photo is held out to select the step that is kept, as RUN/best.safetensors. An interrupted run is resumed
with `--resume`. `weights/make_regions.py` exports it to `regions.onnx`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import AtelierError
from ...learning.checkpoint import save_checkpoint
from ...networks.regions import REGIONS
from .photos import LabelledPhotos, read_labelled
from .settings import RegionSettings
from .trainer import RegionTrainer, draw_examples

CHECKPOINT, BEST = "checkpoint.safetensors", "best.safetensors"
_VALIDATION_EVERY = 12


@dataclass(frozen=True)
class RegionStatus:
    """The state of training: `loss` of this step; `scores` are overlaps on held-out photos, if measured."""

    step: int
    loss: float
    scores: list[float] | None


def train_regions(trainer: RegionTrainer, photos: LabelledPhotos, folder: Path) -> Iterator[RegionStatus]:
    """Train until the last step; the caller reports, or stops iterating.

    Examples depend on the step only, so a resumed run equals an uninterrupted one. Each folder is weighted by the
    square root of its number of photos.

    Args:
        trainer: new, or restored.
        photos: to train on and to hold out.
        folder: for the checkpoint and the best network.

    Yields:
        The status after each step.

    Raises:
        LearningError: there are too few photos.
    """
    settings = trainer.settings
    learning, validation = photos.split(_VALIDATION_EVERY)
    chances = _chances(learning.kinds)
    while trainer.step < settings.num_steps:
        rng = np.random.default_rng([settings.seed, trainer.step])
        members = rng.choice(len(chances), settings.batch_size, p=chances)
        loss, scores = trainer.train_step(draw_examples(learning, members, settings.size_at(trainer.step), rng)), None
        if trainer.step % settings.save_every == 0 or trainer.step == settings.num_steps:
            scores = trainer.measure(validation)
            trainer.save(folder / CHECKPOINT)
            save_checkpoint(folder / BEST, trainer.best, {"settings": settings.as_facts(), "step": trainer.step})
        yield RegionStatus(trainer.step, loss, scores)


def _chances(kinds: np.ndarray) -> np.ndarray:
    counts = np.bincount(kinds)[kinds]
    chances = 1 / np.sqrt(counts)
    return chances / chances.sum()


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or resume."""
    options = _parser().parse_args(arguments)
    settings = RegionSettings(
        num_steps=options.steps,
        first_size=options.first_size,
        learning_rate=options.learning_rate,
        seed=options.seed,
    )
    trainer = RegionTrainer(settings)
    try:
        if options.start is not None:
            trainer.start_from(options.start)
        if options.resume:
            trainer.restore(options.output / CHECKPOINT)
        options.output.mkdir(parents=True, exist_ok=True)
        photos = read_labelled(options.photos, options.masks)
        _report(trainer, train_regions(trainer, photos, options.output))
    except AtelierError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _report(trainer: RegionTrainer, statuses: Iterator[RegionStatus]) -> None:
    """Print each measured step on stderr; Ctrl-C ends training and keeps the last checkpoint."""
    try:
        for status in statuses:
            if status.scores is not None:
                told = ", ".join(f"{name} {score:.3f}" for name, score in zip(REGIONS, status.scores, strict=True))
                sys.stderr.write(f"step {status.step}/{trainer.settings.num_steps}: loss {status.loss:.3f}, {told}\n")
                sys.stderr.flush()
    except KeyboardInterrupt:
        sys.stderr.write(f"stopped after step {trainer.step}; go on with --resume\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Train the network that tells the regions of a portrait.")
    parser.add_argument("photos", nargs="+", help="FOLDER; FOLDER:N for its first N photos, FOLDER:-N for its last")
    parser.add_argument("--masks", type=Path, action="append", default=[], help="for each folder, one of masks")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the folder of the run")
    parser.add_argument("--steps", type=int, default=RegionSettings.num_steps)
    parser.add_argument("--first-size", type=int, default=RegionSettings.first_size, help="of examples, in pixels")
    parser.add_argument("--learning-rate", type=float, default=RegionSettings.learning_rate)
    parser.add_argument("--start", type=Path, help="the best.safetensors of another run, to begin with")
    parser.add_argument("--seed", type=int, default=RegionSettings.seed)
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    return parser


if __name__ == "__main__":
    sys.exit(main())
