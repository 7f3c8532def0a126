"""`atelier pretrain`: train the base model on folders of untouched portraits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import AtelierError
from ..imaging.render_torch import pick_device
from ..learning.base_people import read_base_people
from ..learning.base_settings import BaseSettings
from ..learning.base_team import launched_team
from ..learning.base_training import BEST, CHECKPOINT, BaseRun, TrainStatus, train_base
from .console import progress_bar, say

_SAY_EVERY = 100  # steps


def run_pretrain(
    folders: Sequence[str],
    output: Path,
    *,
    masks: Sequence[Path],
    settings: BaseSettings,
    resume: bool,
    device: str,
    processes: int,
) -> None:
    """Train in the folder `output`; each of `folders` is a kind of portraits, `FOLDER:N` its first N photos.

    Started by `accelerate launch`, this is one of several processes that train together; the main one alone speaks.
    """
    if (output / CHECKPOINT).exists() and not resume:
        raise AtelierError(f"{output / CHECKPOINT}: a run is kept here; add --resume, or choose another folder with -o")
    with launched_team(str(pick_device(device))) as team:
        with progress_bar("reading photos", shown=team.is_main) as progress:
            people = read_base_people(folders, progress, masks=masks)
        run = BaseRun(output, people, settings, team.device, processes, team)
        status = _followed(run, resume=resume)
    if team.is_main:
        say(_ended(output, status))


def _followed(run: BaseRun, *, resume: bool) -> TrainStatus | None:
    """Train to the end, telling of it where this is the main process."""
    status, main = None, run.team.is_main
    with progress_bar("training", shown=main) as progress:
        for status in train_base(run, resume=resume):
            progress(status.step, run.settings.num_steps)
            if main and (status.scores is not None or status.step % _SAY_EVERY == 0):
                say(_told(status))
    return status


def _ended(output: Path, status: TrainStatus | None) -> str:
    if status is None or not status.best_step:
        return "nothing was better than the closed form on the people held out"
    return f"{output / BEST}: step {status.best_step}, {status.best_score:.3f} of the closed form's distance"


def _told(status: TrainStatus) -> str:
    terms = "  ".join(f"{name} {value:.3f}" for name, value in status.terms.items())
    line = f"step {status.step}  {status.seconds:.0f} s  {terms}"
    if status.scores is None:
        return line
    scores = "; ".join(f"{alone:.3f} -> {found:.3f}" for alone, found in status.scores)
    return f"{line}\n  held out: {scores}  best: step {status.best_step} ({status.best_score:.3f})"
