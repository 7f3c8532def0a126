"""`atelier learn`: learns a style from a folder of finished photos, instant or trained."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from ...imaging.rendering.render_torch import pick_device
from ...learning.checkpoint import read_checkpoint
from ...learning.look.instant import InstantResult, learn_instant
from ...learning.look.photos import TrainingPhotos
from ...learning.look.settings import LookTrainSettings
from ...learning.look.training import LEAST_PHOTOS, StyleTraining, TrainStatus
from ...learning.pixel.trainer import PixelTrainSettings
from ...learning.prepared import prepare_photos
from ...learning.resuming import checkpoint_of
from ...photos.folder import FolderSettings, PhotoFolder
from ...reports.score_words import score_lines
from ...styles.style import Style
from ...styles.style_file import save_style
from .console import counted, note, progress_bar, say
from .learn_pixel import learn_pixel
from .targets import style_target

_SHOWN_FINDINGS = 3  # most findings of one kind that are printed


@dataclass(frozen=True)
class LearnRequest:
    """The arguments of one call of `atelier learn`.

    Attributes:
        folder: finished photos, or one photo.
        name: of the style.
        output: a file; None for the library.
        content: folder of the photographer's own untouched photos; None for none.
        instant: whether to skip training.
        generator: `look` or `pixel`.
        settings: of training.
        resume: whether to resume an earlier call.
        device: of training: `auto`, `cpu`, `cuda` or `mps`.
        overwrite: whether a style may be replaced.
    """

    folder: Path
    name: str
    output: Path | None = None
    content: Path | None = None
    instant: bool = False
    generator: str = "look"
    settings: LookTrainSettings = field(default_factory=LookTrainSettings)
    resume: bool = False
    device: str = "auto"
    overwrite: bool = False


def run_learn(request: LearnRequest) -> None:
    """Learn a style and save it in the library, or to `output`."""
    target = style_target(request.name, request.output, overwrite=request.overwrite)
    if request.generator == "pixel":
        checkpoint = checkpoint_of(request.name, request.folder, request.content, pixels=True)
        settings = PixelTrainSettings.from_look(request.settings, instant=request.instant)
        style = learn_pixel(request.folder, request.name, settings, request.content, checkpoint, resume=request.resume)
        _save(request, style, target)
        return
    with progress_bar("reading photos") as progress:
        result = learn_instant(request.folder, request.name, content_folder=request.content, progress=progress)
    _report(result)
    style = result.style
    if not request.instant and len(result.photos.photos) < LEAST_PHOTOS:
        note(f"fewer than {LEAST_PHOTOS} photos teach no more than an instant style; this is one")
    elif not request.instant:
        style = _learnt(request, result)
    _save(request, style, target)


def _save(request: LearnRequest, style: Style, target: Path) -> None:
    path = save_style(style, target, overwrite=request.overwrite)
    say(f"{request.name}: learnt from {counted(style.num_photos, 'photo')}, {path.stat().st_size / 1000:.0f} kB")
    for line in score_lines(style):
        say(line)
    say(str(path))
    say(f"use it:  atelier apply PHOTO -s {_quoted(request.name if request.output is None else str(path))}")


def _learnt(request: LearnRequest, result: InstantResult) -> Style:
    """Train; Ctrl-C keeps the best style so far, and a checkpoint to resume from."""
    checkpoint, key = checkpoint_of(request.name, request.folder, request.content)
    if request.resume:
        read_checkpoint(checkpoint)  # fail before all the work if there is none
    photos = _training_photos(result.photos)
    content = None if result.content is None else _training_photos(result.content)
    learning = StyleTraining(photos, content, settings=request.settings, device=str(pick_device(request.device)))
    if request.resume:
        learning.resume(checkpoint, key)
        say(f"going on after step {learning.step}")
    finished = _train(learning, checkpoint, key)
    settings = {"folder": asdict(FolderSettings()), "finished": finished}
    style = learning.style(request.name, settings=settings)
    if finished:
        checkpoint.unlink(missing_ok=True)
    return style


def _train(learning: StyleTraining, checkpoint: Path, key: str) -> bool:
    """Train to the end or until Ctrl-C; return whether it came to the end."""
    settings = learning.settings
    started, first = time.perf_counter(), learning.step
    try:
        with progress_bar("learning") as progress:
            for status in learning.run():
                progress(status.step, status.num_steps)
                if status.validation is not None:
                    say(_progress_line(status, first))
                if status.step % settings.save_every == 0:
                    learning.save(checkpoint, key)
    except KeyboardInterrupt:
        learning.save(checkpoint, key)
        note(f"stopped at step {learning.step}; the best so far is kept. To go on: the same command with --resume")
        return False
    if learning.best.is_clear:
        say("the look was clear at once; there is nothing to train")
    else:
        say(f"learnt in {(time.perf_counter() - started) / 60:.1f} minutes, {learning.step} steps")
    return True


def _progress_line(status: TrainStatus, first: int) -> str:
    """Format a status; `first` steps were done by an earlier run."""
    assert status.validation is not None
    terms = "  ".join(f"{name} {value:.2f}" for name, value in status.terms.items())
    best = status.validation
    left = status.seconds / max(status.step - first, 1) * (status.num_steps - status.step)
    return (
        f"step {status.step}  {terms}\n  from the photos kept aside: {best.base:.2f} -> {best.score:.2f} "
        f"(step {best.step}, {best.delta_weight:.0%} kept)  about {left / 60:.1f} min left"
    )


def _training_photos(folder: PhotoFolder) -> TrainingPhotos:
    with progress_bar("finding faces") as progress:
        prepared = prepare_photos(folder, progress=progress)
    for text in prepared.notes:
        note(text)
    counts = Counter(finding.kind for finding in prepared.findings)
    for finding in prepared.findings:
        if counts[finding.kind] <= _SHOWN_FINDINGS:
            note(f"{finding.path}: {finding.text}")
    for kind, count in counts.items():
        if count > _SHOWN_FINDINGS:
            note(f"{folder.folder}: {kind} in {counted(count, 'photo')}; their middle is looked at instead")
    return TrainingPhotos.of(folder.proxies)


def _report(result: InstantResult) -> None:
    for folder in (result.photos, result.content):
        if folder is not None:
            _report_folder(folder)


def _report_folder(folder: PhotoFolder) -> None:
    for finding in folder.findings:
        note(f"{finding.path}: {finding.text}")
    for warning in folder.warnings:
        note(warning)
    counts = Counter(finding.kind for finding in folder.findings)
    summary = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    say(f"{folder.folder}: {counted(len(folder.photos), 'photo')} used{f' ({summary})' if summary else ''}")


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
