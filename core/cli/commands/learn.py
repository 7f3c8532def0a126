"""`atelier learn`: learns a style from a folder of finished photos, instant or trained."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...imaging.rendering.render_torch import pick_device
from ...learning.checkpoint import read_checkpoint
from ...learning.look.instant import InstantResult, learn_instant
from ...learning.look.photos import TrainingPhotos
from ...learning.look.settings import LookTrainSettings
from ...learning.look.training import LEAST_PHOTOS, StyleTraining, TrainStatus
from ...learning.losses.settings import LossWeights
from ...learning.pixel.trainer import PixelTrainSettings
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

_SHOWN_FINDINGS = 3  # most findings of one kind that are printed
_CURES = {
    "no face": Text("remove those that are no portraits"),
    "sideways": Text("turn them and save them again"),
}


@dataclass(frozen=True)
class LearnRequest:
    """The arguments of one call of `atelier learn`.

    Attributes:
        folder: finished photos, or one photo.
        name: of the style.
        output: a file; None for the library.
        content: folder of the photographer's own untouched photos; None for none.
        instant: whether to skip training.
        settings: of training, of a look or of a pixel style.
        resume: whether to resume an earlier call.
        device: of training a look: `auto`, `cpu`, `cuda` or `mps`.
        overwrite: whether a style may be replaced.
    """

    folder: Path
    name: str
    output: Path | None = None
    content: Path | None = None
    instant: bool = False
    settings: LookTrainSettings | PixelTrainSettings = field(default_factory=LookTrainSettings)
    resume: bool = False
    device: str = "auto"
    overwrite: bool = False


@dataclass(frozen=True)
class TrainingOptions:
    """Options of training on the command line; None selects the default of the generator.

    Attributes:
        steps: the most steps.
        seed: the same seed gives the same style.
        lambda_content, lambda_style, lambda_tv, adversarial: weights of the losses, at least 0.
        game, features, device: of looks only: form of the adversarial loss, network of the losses, torch device.
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

    def settings(self, generator: str, *, instant: bool = False) -> LookTrainSettings | PixelTrainSettings:
        """Return the settings of training: the given options, and the defaults of the generator for the rest.

        Args:
            generator: `look` or `pixel`.
            instant: whether to skip training.

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
            return LookTrainSettings(**common, weights=checked, **_given(gan_loss=self.game, features=self.features))
        if generator != "pixel":
            raise ValueError(Text("--generator must be look or pixel, got {generator!r}", generator=generator))
        if foreign := _given(game=self.game, features=self.features, device=self.device):
            raise ValueError(
                Text(
                    "{options}: not of --generator pixel, which has one game and learns on the CPU; leave it out",
                    options=", ".join(f"--{name}" for name in foreign),
                )
            )
        return PixelTrainSettings(**{**common, **weights, **({"num_steps": 0} if instant else {})})


def run_learn(request: LearnRequest) -> None:
    """Learn a style and save it in the library, or to `output`."""
    target = style_target(request.name, request.output, overwrite=request.overwrite)
    settings = request.settings
    if isinstance(settings, PixelTrainSettings):
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


def _learnt(request: LearnRequest, result: InstantResult, settings: LookTrainSettings) -> Style:
    """Train; Ctrl-C keeps the best style so far, and a checkpoint to resume from."""
    checkpoint, key = checkpoint_of(request.name, request.folder, request.content)
    if request.resume:
        read_checkpoint(checkpoint)  # fail before all the work if there is none
    photos = _training_photos(result.photos)
    content = None if result.content is None else _training_photos(result.content)
    learning = StyleTraining(photos, content, settings=settings, device=str(pick_device(request.device)))
    if request.resume:
        learning.resume(checkpoint, key)
        say("going on after step {step}", step=learning.step)
    finished = _train(learning, checkpoint, key)
    made = {"folder": asdict(FolderSettings()), "finished": finished}
    style = learning.style(request.name, settings=made)
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


def _progress_line(status: TrainStatus, first: int) -> Text:
    """Format a status; `first` steps were done by an earlier run."""
    assert status.validation is not None
    terms = "  ".join(f"{name} {value:.2f}" for name, value in status.terms.items())
    best = status.validation
    left = status.seconds / max(status.step - first, 1) * (status.num_steps - status.step)
    return Text(
        "step {step}  {terms}\n  from the photos kept aside: {base:.2f} -> {score:.2f} (step {best}, {kept:.0%} kept)  "
        "about {minutes:.1f} min left",
        step=status.step,
        terms=terms,
        base=best.base,
        score=best.score,
        best=best.step,
        kept=best.delta_weight,
        minutes=left / 60,
    )


def _training_photos(folder: PhotoFolder) -> TrainingPhotos:
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
    return TrainingPhotos.of(folder.proxies)


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
    """Return the options that were given."""
    return {name: value for name, value in values.items() if value is not None}


def _quoted(text: str) -> str:
    return f'"{text}"' if " " in text else text
