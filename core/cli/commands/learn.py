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
from ...learning.pixel.settings import PixelLearningSettings
from ...learning.resuming import checkpoint_of
from ...photos.face_check import check_faces
from ...photos.findings import KIND_NAMES, counted_kinds
from ...photos.folder import FolderSettings, PhotoFolder
from ...reports.words import score_lines
from ...styles.library import style_target
from ...styles.style import Style
from ...styles.style_file import save_style
from ...texts import Text, verbatim
from .console import note, progress_bar, say
from .learn_pixel import learn_pixel

_SHOWN_FINDINGS = 3  # of one kind, that are written out
_CURES = {
    "no face": Text("remove those that are no portraits"),
    "sideways": Text("turn them and save them again"),
}


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
            raise ValueError(Text("--generator must be look or pixel, got {generator!r}", generator=generator))
        if foreign := _given(game=self.game, features=self.features, device=self.device):
            raise ValueError(
                Text(
                    "{options}: not of --generator pixel, which has one game and learns on the CPU; leave it out",
                    options=", ".join(f"--{name}" for name in foreign),
                )
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
        note("fewer than {least} photos teach no more than an instant style; this is one", least=LEAST_PHOTOS)
    elif not request.instant:
        style = _learnt(request, result, settings)
    _save(request, style, target)


def _save(request: LearnRequest, style: Style, target: Path) -> None:
    path = save_style(style, target, overwrite=request.overwrite)
    say(
        "{name}: learnt from {count} photos, {size:.0f} kB",
        one="{name}: learnt from {count} photo, {size:.0f} kB",
        name=request.name,
        count=style.num_photos,
        size=path.stat().st_size / 1000,
    )
    for line in score_lines(style):
        say(line)
    say(verbatim(str(path)))
    say("use it:  atelier apply PHOTO -s {style}", style=_quoted(request.name if request.output is None else str(path)))


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
        say("going on after step {step}", step=learning.step)
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
        note(
            "stopped at step {step}; the best so far is kept. To go on: the same command with --resume",
            step=learning.step,
        )
        return False
    if learning.best.is_clear:
        say("the look was clear at once; there is nothing to train")
    else:
        say(
            "learnt in {minutes:.1f} minutes, {count} steps",
            one="learnt in {minutes:.1f} minutes, {count} step",
            minutes=(time.perf_counter() - started) / 60,
            count=learning.step,
        )
    return True


def _told(status: LearnStatus, first: int) -> Text:
    """Where learning stands; `first` steps were done by an earlier run."""
    assert status.judgement is not None
    terms = "  ".join(f"{name} {value:.2f}" for name, value in status.terms.items())
    best = status.judgement
    left = status.seconds / max(status.step - first, 1) * (status.num_steps - status.step)
    return Text(
        "step {step}  {terms}\n  from the photos kept aside: {base:.2f} -> {score:.2f} (step {best}, {kept:.0%} kept)  "
        "about {minutes:.1f} min left",
        step=status.step,
        terms=terms,
        base=best.base,
        score=best.score,
        best=best.step,
        kept=best.keep,
        minutes=left / 60,
    )


def _learning_photos(folder: PhotoFolder) -> LearningPhotos:
    with progress_bar("finding faces") as progress:
        found = check_faces(folder, progress=progress)
    for text in found.notes:
        note(text)
    counts = Counter(finding.kind for finding in found.findings)
    for finding in found.findings:
        if counts[finding.kind] <= _SHOWN_FINDINGS:
            note("{path}: {text}", path=finding.path, text=finding.text)
    for kind, count in counts.items():
        if count > _SHOWN_FINDINGS:
            note(
                "{folder}: {kind} in {count} photos; {cure}",
                folder=folder.folder,
                kind=KIND_NAMES[kind],
                count=count,
                cure=_CURES[kind],
            )
    return LearningPhotos.of(folder.proxies)


def _report(result: InstantResult) -> None:
    for folder in (result.photos, result.content):
        if folder is not None:
            _report_folder(folder)


def _report_folder(folder: PhotoFolder) -> None:
    for finding in folder.findings:
        note("{path}: {text}", path=finding.path, text=finding.text)
    for warning in folder.warnings:
        note(warning)
    used, count = folder.folder, len(folder.photos)
    if not folder.findings:
        say("{folder}: {count} photos used", one="{folder}: {count} photo used", folder=used, count=count)
        return
    say(
        "{folder}: {count} photos used ({summary})",
        one="{folder}: {count} photo used ({summary})",
        folder=used,
        count=count,
        summary=counted_kinds(folder.findings),
    )


def _given(**values: Any) -> dict[str, Any]:
    """Those that were typed."""
    return {name: value for name, value in values.items() if value is not None}


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
