"""`atelier pretrain`: train the base model on folders of untouched portraits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..errors import AtelierError
from ..imaging.render_torch import pick_device
from ..learning.base_people import read_base_people
from ..learning.base_settings import BaseSettings
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
    """Train in the folder `output`; each of `folders` is a kind of portraits, `FOLDER:N` its first N photos."""
    if (output / CHECKPOINT).exists() and not resume:
        raise AtelierError(f"{output / CHECKPOINT}: a run is kept here; add --resume, or choose another folder with -o")
    with progress_bar("reading photos") as progress:
        people = read_base_people(folders, progress, masks=masks)
    run = BaseRun(output, people, settings, str(pick_device(device)), processes)
    status = None
    with progress_bar("training") as progress:
        for status in train_base(run, resume=resume):
            progress(status.step, settings.num_steps)
            if status.scores is not None or status.step % _SAY_EVERY == 0:
                say(_told(status))
    if status is None or not status.best_step:
        say("nothing was better than the closed form on the people held out")
    else:
        say(f"{output / BEST}: step {status.best_step}, {status.best_score:.3f} of the closed form's distance")


def _told(status: TrainStatus) -> str:
    terms = "  ".join(f"{name} {value:.3f}" for name, value in status.terms.items())
    line = f"step {status.step}  {status.seconds:.0f} s  {terms}"
    if status.scores is None:
        return line
    scores = "; ".join(f"{alone:.3f} -> {found:.3f}" for alone, found in status.scores)
    return f"{line}\n  held out: {scores}  best: step {status.best_step} ({status.best_score:.3f})"
