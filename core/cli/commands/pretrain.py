"""`atelier pretrain`: train the set network on folders of untouched portraits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ...errors import AtelierError
from ...imaging.rendering.render_torch import pick_device
from ...pretraining.look.looks import LookLibrary, read_films
from ...pretraining.look.people import read_people
from ...pretraining.look.run import BEST, CHECKPOINT, PretrainRun, PretrainStatus, pretrain
from ...pretraining.look.settings import PretrainSettings
from ...pretraining.process_group import ProcessGroup, launched_process_group
from ...texts import Text
from .console import progress_bar, say

_SAY_EVERY = 100  # steps
_HELD_OUT = 0.12  # share of the people of each kind
_VALIDATION_LOOKS = 300


@dataclass(frozen=True)
class PretrainRequest:
    """The arguments of one call of `atelier pretrain`.

    Attributes:
        folders: one for each kind of portraits; `FOLDER:N` for its first N photos.
        output: the run's folder.
        settings: of pretraining.
        films: npz files of color tables to train on.
        choosing_films: npz file of held-out color tables for validation; None for procedural looks only.
        start: weights of an earlier run to start from; None for random ones.
        resume: whether to resume an earlier run.
        device: of training: `auto`, `cpu`, `cuda` or `mps`.
    """

    folders: tuple[str, ...]
    output: Path
    settings: PretrainSettings
    films: tuple[Path, ...] = ()
    choosing_films: Path | None = None
    start: Path | None = None
    resume: bool = False
    device: str = "auto"


def run_pretrain(request: PretrainRequest) -> None:
    """Train, with all files in the request's output folder.

    Under `accelerate launch` this is one of several processes that train together; only the main one prints.
    """
    checkpoint = request.output / CHECKPOINT
    if checkpoint.exists() and not request.resume:
        raise AtelierError(
            "{path}: a run is kept here; add --resume, or choose another folder with -o", path=checkpoint
        )
    with launched_process_group(str(pick_device(request.device))) as process_group:
        run = _prepared(request, process_group)
        status = _followed(run, resume=request.resume)
    if process_group.is_main:
        best = run.folder / BEST
        say(Text("nothing was learnt") if status is None else Text("{path}: {best}", path=best, best=_best(status)))


def _prepared(request: PretrainRequest, process_group: ProcessGroup) -> PretrainRun:
    with progress_bar("reading photos", shown=process_group.is_main) as progress:
        people, held_out = read_people(request.folders, _HELD_OUT, progress)
    torch.manual_seed(request.settings.seed)
    none = np.zeros((0, 17, 17, 17, 3), np.float32)
    films = np.concatenate([read_films(path) for path in request.films]) if request.films else none
    choosing = none if request.choosing_films is None else read_films(request.choosing_films)
    others = LookLibrary.make(choosing, num_procedural=_VALIDATION_LOOKS, num_mixed=_VALIDATION_LOOKS)
    looks = LookLibrary.make(films)
    settings, output = request.settings, request.output
    return PretrainRun(
        output, people, held_out, looks, others, settings, process_group.device, process_group, request.start
    )


def _followed(run: PretrainRun, *, resume: bool) -> PretrainStatus | None:
    """Train to the end; report progress in the main process."""
    status, main = None, run.process_group.is_main
    with progress_bar("training", shown=main) as progress:
        for status in pretrain(run, resume=resume):
            progress(status.step, run.settings.num_steps)
            if main and (status.scores is not None or status.step % _SAY_EVERY == 0):
                say(_progress_line(status))
    return status


def _best(status: PretrainStatus) -> Text:
    return Text(
        "step {step}, {score:.3f} of the untouched photos' distance on the worst kind",
        step=status.best_step,
        score=status.best_score,
    )


def _progress_line(status: PretrainStatus) -> Text:
    terms = "  ".join(f"{name} {value:.3f}" for name, value in status.terms.items())
    line = Text("step {step}  {seconds:.0f} s  {terms}", step=status.step, seconds=status.seconds, terms=terms)
    if status.scores is None:
        return line
    scores = "; ".join(f"{kind.untouched:.2f} / {kind.plain:.2f} / {kind.found:.2f}" for kind in status.scores)
    return Text(
        "{line}\n  held out, untouched / plain transport / found: {scores}  best: {best}",
        line=line,
        scores=scores,
        best=_best(status),
    )
