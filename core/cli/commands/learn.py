"""`atelier learn`: from a folder of finished photos to a style, at once or by adversarial learning."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...imaging.rendering.render_torch import pick_device
from ...learning.checkpoint import read_checkpoint
from ...learning.look.instant import InstantResult, learn_instant
from ...learning.look.photos import LearningPhotos
from ...learning.look.settings import LearnSettings
from ...learning.look.training import LEAST_PHOTOS, Learning, LearnStatus
from ...learning.losses.settings import LossWeights
from ...learning.pixel.trainer import PixelLearningSettings
from ...learning.resuming import checkpoint_of
from ...photos.face_check import check_faces
from ...photos.folder import FolderSettings, PhotoFolder
from ...reports.words import score_lines
from ...styles.library import style_target
from ...styles.style import Style
from ...styles.style_file import save_style
from .console import counted, note, progress_bar, say
from .learn_pixel import learn_pixel

_SHOWN_FINDINGS = 3  # of one kind, that are written out
_CURES = {"no face": "remove those that are no portraits", "sideways": "turn them and save them again"}


@dataclass(frozen=True)
class LearnRequest:
    """Everything one call of `atelier learn` was given.

    Attributes:
        folder: finished photos, or one photo.
        name: of the style.
        output: a file instead of the library.
        content: the photographer's own untouched photos.
        instant: compute the style, do not train.
        settings: of the generator's training: a look's or a painting's.
        resume: go on where an earlier call stopped.
        device: where a look is learnt.
        overwrite: whether a style may be replaced.
    """

    folder: Path
    name: str
    output: Path | None = None
    content: Path | None = None
    instant: bool = False
    settings: LearnSettings | PixelLearningSettings = field(default_factory=LearnSettings)
    resume: bool = False
    device: str = "auto"
    overwrite: bool = False


@dataclass(frozen=True)
class TrainingOptions:
    """What was typed about a training; None leaves it to the generator.

    Attributes:
        steps: at most so many.
        seed: the same seed learns the same.
        lambda_content, lambda_style, lambda_tv, adversarial: what counts how much.
        game, features, device: of a look alone: form of the game, network of the losses, where to learn.
    """

    steps: int | None = None
    seed: int | None = None
    lambda_content: float | None = None
    lambda_style: float | None = None
    lambda_tv: float | None = None
    adversarial: float | None = None
    game: str | None = None
    features: str | None = None
    device: str | None = None

    def settings(self, generator: str, *, instant: bool = False) -> LearnSettings | PixelLearningSettings:
        """What was typed, and the generator's own defaults for the rest.

        Args:
            generator: `look` or `pixel`.
            instant: compute the style, do not train.

        Raises:
            ValueError: there is no such generator, it has no such option, or a value is out of range.
        """
        weights = _given(
            content_weight=self.lambda_content,
            style_weight=self.lambda_style,
            tv_weight=self.lambda_tv,
            adversarial_weight=self.adversarial,
        )
        checked = LossWeights(**weights)
        common = _given(num_steps=self.steps, seed=self.seed)
        if generator == "look":
            return LearnSettings(**common, weights=checked, **_given(form=self.game, features=self.features))
        if generator != "pixel":
            raise ValueError(f"--generator must be look or pixel, got {generator!r}")
        if foreign := _given(game=self.game, features=self.features, device=self.device):
            words = ", ".join(f"--{name}" for name in foreign)
            raise ValueError(
                f"{words}: not of --generator pixel, which has one game and learns on the CPU; leave it out"
            )
        return PixelLearningSettings(**{**common, **weights, **({"num_steps": 0} if instant else {})})


def run_learn(request: LearnRequest) -> None:
    """Learn a style and save it into the library, or to `output`."""
    target = style_target(request.name, request.output, overwrite=request.overwrite)
    settings = request.settings
    if isinstance(settings, PixelLearningSettings):
        checkpoint = checkpoint_of(request.name, request.folder, request.content, pixels=True)
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
        style = _learnt(request, result, settings)
    _save(request, style, target)


def _save(request: LearnRequest, style: Style, target: Path) -> None:
    path = save_style(style, target, overwrite=request.overwrite)
    say(f"{request.name}: learnt from {counted(style.num_photos, 'photo')}, {path.stat().st_size / 1000:.0f} kB")
    for line in score_lines(style):
        say(line)
    say(str(path))
    say(f"use it:  atelier apply PHOTO -s {_quoted(request.name if request.output is None else str(path))}")


def _learnt(request: LearnRequest, result: InstantResult, settings: LearnSettings) -> Style:
    """Train; Ctrl-C keeps the best so far, and its checkpoint to go on from."""
    checkpoint, key = checkpoint_of(request.name, request.folder, request.content)
    if request.resume:
        read_checkpoint(checkpoint)  # that there is none is said before all the work
    photos = _learning_photos(result.photos)
    content = None if result.content is None else _learning_photos(result.content)
    learning = Learning(photos, content, settings=settings, device=str(pick_device(request.device)))
    if request.resume:
        learning.resume(checkpoint, key)
        say(f"going on after step {learning.step}")
    finished = _train(learning, checkpoint, key)
    made = {"folder": asdict(FolderSettings()), "finished": finished}
    style = learning.style(request.name, settings=made)
    if finished:
        checkpoint.unlink(missing_ok=True)
    return style


def _train(learning: Learning, checkpoint: Path, key: str) -> bool:
    """Run to the end, or until Ctrl-C; whether it came to its end."""
    settings = learning.settings
    started, first = time.perf_counter(), learning.step
    try:
        with progress_bar("learning") as progress:
            for status in learning.run():
                progress(status.step, status.num_steps)
                if status.judgement is not None:
                    say(_told(status, first))
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


def _told(status: LearnStatus, first: int) -> str:
    """Where learning stands; `first` steps were done by an earlier run."""
    assert status.judgement is not None
    terms = "  ".join(f"{name} {value:.2f}" for name, value in status.terms.items())
    best = status.judgement
    left = status.seconds / max(status.step - first, 1) * (status.num_steps - status.step)
    return (
        f"step {status.step}  {terms}\n  from the photos kept aside: {best.base:.2f} -> {best.score:.2f} "
        f"(step {best.step}, {best.keep:.0%} kept)  about {left / 60:.1f} min left"
    )


def _learning_photos(folder: PhotoFolder) -> LearningPhotos:
    with progress_bar("finding faces") as progress:
        found = check_faces(folder, progress=progress)
    for text in found.notes:
        note(text)
    counts = Counter(finding.kind for finding in found.findings)
    for finding in found.findings:
        if counts[finding.kind] <= _SHOWN_FINDINGS:
            note(f"{finding.path}: {finding.text}")
    for kind, count in counts.items():
        if count > _SHOWN_FINDINGS:
            note(f"{folder.folder}: {kind} in {counted(count, 'photo')}; {_CURES[kind]}")
    return LearningPhotos.of(folder.proxies)


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


def _given(**values: Any) -> dict[str, Any]:
    """Those that were typed."""
    return {name: value for name, value in values.items() if value is not None}


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
