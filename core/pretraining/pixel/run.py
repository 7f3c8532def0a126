"""Pretrain the pixel generator on random procedural painters.

    python -m portrait_atelier.core.pretraining.pixel.run FOLDER... -o weights/pixel.safetensors --run RUN

Each folder is as for `atelier pretrain`: `FOLDER:336` takes its first 336 photos by name. Every twentieth photo is
held out for validation, with painters of its own. RUN gets the checkpoint, a plot and samples; an interrupted run is
resumed with `--resume`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save
from torch import Tensor

from ...color.lab_tensors import lab_distance
from ...errors import AtelierError, LearningError
from ...folders import weights_folder
from ...imaging.files.atomic import atomic_write
from ...learning.checkpoint import load_checkpoint, save_checkpoint
from ...learning.trainer_kit import check_same_run, restoring
from ...networks.features import FeatureExtractor, load_features
from ...networks.pixel_generator import PixelGenerator
from ...photos.search import photos_of
from .cases import PixelBatch, batch_of, draw_patch, draw_pixel_batch, read_pictures
from .random_painters import FAMILIES, draw_from, draw_painter, traits_of
from .report import write_loss_plot, write_sample_sheet
from .settings import PixelPretrainSettings
from .trainer import PixelPretrainer, paint_batch, paint_described

CHECKPOINT, PLOT, SHEET = "checkpoint.safetensors", "losses.png", "samples.jpg"
_VALIDATION_SEED, _MEASURING_SEED = 10**6, 10**6 + 1  # different from the seeds of all steps
_MEASURED = 400  # painters

Scores = dict[str, tuple[float, float]]  # by family of painters: mean distances of untouched and painted content


@dataclass(frozen=True)
class PixelPretrainStatus:
    """The state of pretraining after a step.

    Attributes:
        step: steps done.
        terms: loss terms of this step by name.
        scores: by family of painters the mean distances in Lab from the answers on held-out people, of untouched
            and painted content, if the step was validated; else None.
        seconds: since this run started.
    """

    step: int
    terms: dict[str, float]
    scores: Scores | None
    seconds: float


@dataclass(frozen=True)
class PixelPretrainRun:
    """A run's folder, photos (each (H, W, 3) uint8) and settings."""

    folder: Path
    photos: Sequence[np.ndarray]
    settings: PixelPretrainSettings
    features: FeatureExtractor
    device: str = "cpu"


def pretrain_pixel(
    run: PixelPretrainRun, trainer: PixelPretrainer, *, resume: bool = False
) -> Iterator[PixelPretrainStatus]:
    """Pretrain; the caller reports, or stops iterating.

    The cases depend on the step only, so a resumed run equals an uninterrupted one.

    Args:
        run: photos, settings, folder.
        trainer: new, with the same settings.
        resume: whether to resume from the folder's checkpoint; all settings but the number of steps must be equal.

    Yields:
        The state after each step.

    Raises:
        LearningError: there are too few photos, or no checkpoint.
    """
    settings, started = run.settings, time.perf_counter()
    learning, held_out = split_photos(run.photos, settings)
    validation_sets = validation_batches(held_out, settings)
    history: dict[str, list] = {"distance": [], "scores": []}
    if resume:
        history = _restored(run, trainer)
    else:
        _measure(learning, settings, trainer)
    run.folder.mkdir(parents=True, exist_ok=True)
    while trainer.step < settings.num_steps:
        rng = np.random.default_rng([settings.seed, trainer.step])
        terms = trainer.train_step(draw_pixel_batch(learning, settings, rng))
        history["distance"].append(round(terms["g_lab"], 4))
        last, scores = trainer.step == settings.num_steps, None
        if trainer.step % settings.score_every == 0 or last:
            scores = validate(trainer.averaged, validation_sets)
            pair = [round(float(np.mean([pair[index] for pair in scores.values()])), 4) for index in (0, 1)]
            history["scores"].append([trainer.step, pair])
            write_loss_plot(run.folder / PLOT, history["distance"], history["scores"])
            write_sample_sheet(run.folder / SHEET, *samples(trainer.averaged, validation_sets))
        if trainer.step % settings.save_every == 0 or last:
            assert trainer.scales is not None
            facts = {"step": trainer.step, "settings": settings.to_json(), "history": history}
            save_checkpoint(run.folder / CHECKPOINT, trainer.tensors(), {**facts, "scales": trainer.scales.to_json()})
        yield PixelPretrainStatus(trainer.step, terms, scores, time.perf_counter() - started)


def split_photos(
    photos: Sequence[np.ndarray], settings: PixelPretrainSettings
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Split photos into those to train on and those held out.

    Raises:
        LearningError: there are too few photos.
    """
    every = settings.held_out_every
    if len(photos) <= every:
        raise LearningError(
            "{count} photos are too few to pretrain with; give at least {least}",
            one="{count} photo is too few to pretrain with; give at least {least}",
            count=len(photos),
            least=every + 1,
        )
    learning = [photo for index, photo in enumerate(photos) if index % every]
    return learning, list(photos[::every])


def validation_batches(photos: Sequence[np.ndarray], settings: PixelPretrainSettings) -> dict[str, list[PixelBatch]]:
    """Draw fixed cases for each family of painters."""
    found: dict[str, list[PixelBatch]] = {}
    for number, family in enumerate(FAMILIES):
        rng = np.random.default_rng([settings.seed, _VALIDATION_SEED, number])
        count = max(1, settings.num_validation_sets // len(FAMILIES))
        painters = [draw_from(family, rng) for _ in range(count)]
        found[family] = [batch_of([painter], photos, settings, rng) for painter in painters]
    return found


@torch.no_grad()
def validate(
    generator: PixelGenerator, validation_sets: Mapping[str, Sequence[PixelBatch]], *, described: bool = False
) -> Scores:
    """Return the mean distances in Lab from the answers by family, of untouched and painted content.

    With `described`, the generator gets descriptions of the painters instead of patches.
    """
    scores: Scores = {}
    for family, batches in validation_sets.items():
        untouched = torch.cat([lab_distance(batch.content, batch.answer) for batch in batches])
        paint = paint_described if described else paint_batch
        painted = torch.cat([lab_distance(paint(generator, batch), batch.answer) for batch in batches])
        scores[family] = float(untouched.mean()), float(painted.mean())
    return scores


@torch.no_grad()
def samples(generator: PixelGenerator, validation_sets: Mapping[str, Sequence[PixelBatch]]) -> tuple[Tensor, ...]:
    """Return two cases of each family: contents, answers, painted by patches, by description; each (B, 3, S, S)."""
    columns: list[list[Tensor]] = [[], [], [], []]
    for batch in (batch for batches in validation_sets.values() for batch in batches[:2]):
        described = paint_described(generator, batch)
        for column, photos in zip(
            columns, (batch.content, batch.answer, paint_batch(generator, batch), described), strict=True
        ):
            column.append(photos[:1])
    return tuple(torch.cat(column) for column in columns)


def write_weights(generator: PixelGenerator, path: Path) -> None:
    """Write the generator in half precision."""
    tensors = {name: value.detach().cpu().half().contiguous() for name, value in generator.state_dict().items()}
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_bytes(save(tensors))


def _measure(photos: Sequence[np.ndarray], settings: PixelPretrainSettings, trainer: PixelPretrainer) -> None:
    rng = np.random.default_rng([settings.seed, _MEASURING_SEED])
    painters = [draw_painter(rng) for _ in range(_MEASURED)]
    patches = [draw_patch(painter, photos, settings.patch_size, rng) for painter in painters[: _MEASURED // 4]]
    traits = torch.from_numpy(np.stack([traits_of(painter) for painter in painters]))
    trainer.measure_styles(traits, torch.from_numpy(np.stack(patches)).movedim(-1, 1))


def _restored(run: PixelPretrainRun, trainer: PixelPretrainer) -> dict[str, list]:
    path = run.folder / CHECKPOINT
    tensors, facts = load_checkpoint(path)
    check_same_run(path, facts, {"settings": run.settings.to_json()})
    with restoring(path):
        trainer.restore(tensors, int(facts["step"]), facts["scales"])
        return facts["history"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Pretrain the pixel generator."""
    options = _parser().parse_args(arguments)
    try:
        settings = PixelPretrainSettings(num_steps=options.steps, seed=options.seed)
        photos = read_pictures([path for folder in options.photos for path in photos_of(folder)])
        run = PixelPretrainRun(options.run, photos, settings, load_features("compact"), options.device)
        trainer = PixelPretrainer(settings, run.features, device=run.device)
        _report(settings, pretrain_pixel(run, trainer, resume=options.resume))
        _report_end(run, trainer)
        write_weights(trainer.averaged, options.output)
    except AtelierError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _report(settings: PixelPretrainSettings, statuses: Iterator[PixelPretrainStatus]) -> None:
    """Print some steps on stderr; Ctrl-C ends training and keeps the last step."""
    try:
        for status in statuses:
            if status.step % 20 == 0 or status.scores:
                terms = ", ".join(f"{name} {value:.3f}" for name, value in status.terms.items())
                sys.stderr.write(f"step {status.step}/{settings.num_steps}, {status.seconds:.0f} s: {terms}\n")
            for family, (untouched, painted) in (status.scores or {}).items():
                sys.stderr.write(f"  {family}: {painted:.2f} (untouched {untouched:.2f})\n")
            sys.stderr.flush()
    except KeyboardInterrupt:
        sys.stderr.write("stopped; what is learnt so far is kept\n")


def _report_end(run: PixelPretrainRun, trainer: PixelPretrainer) -> None:
    """Print the scores on stderr, with painters given by patches and by description."""
    validation_sets = validation_batches(split_photos(run.photos, run.settings)[1], run.settings)
    described = validate(trainer.averaged, validation_sets, described=True)
    for family, (untouched, painted) in validate(trainer.averaged, validation_sets).items():
        text = f"shown {painted:.2f}, described {described[family][1]:.2f} (untouched {untouched:.2f})"
        sys.stderr.write(f"  {family}: {text}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Pretrain the pixel generator on painters without end.")
    parser.add_argument("photos", nargs="+", help="FOLDER; FOLDER:N for its first N photos, FOLDER:-N for its last")
    parser.add_argument("-o", "--output", type=Path, default=weights_folder() / "pixel.safetensors")
    parser.add_argument("--run", type=Path, required=True, help="folder of checkpoint, plot and samples")
    parser.add_argument("--steps", type=int, default=PixelPretrainSettings.num_steps)
    parser.add_argument("--seed", type=int, default=PixelPretrainSettings.seed)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--resume", action="store_true", help="go on from the run's checkpoint")
    return parser


if __name__ == "__main__":
    sys.exit(main())
