"""Requests, photos and styles for tests of many photo files."""

from pathlib import Path

import numpy as np
from PIL import Image
from portrait_atelier.core.batch.journal import Journal
from portrait_atelier.core.batch.planning import Plan, journal_folder, plan
from portrait_atelier.core.batch.request import BatchRequest, PhotoOutcome
from portrait_atelier.core.batch.running import Pace, run_batch
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.style import Style

TAKEN, DETAILS = 0x9003, 0x8769


def request(*photos: Path | str, output: Path | str | None = None, controls: Controls | None = None, **more):
    """A request for photos, with an output as -o has it."""
    where = None if output is None else Path(output)
    return BatchRequest(tuple(map(Path, photos)), where, controls or Controls(), **more)


def write_photo(path: Path, seed: int = 0, taken: str = "", size: tuple[int, int] = (32, 24)) -> Path:
    """Write a small smooth JPEG, of a second and camera if `taken` is given."""
    path.parent.mkdir(parents=True, exist_ok=True)
    colors = np.random.default_rng(seed).integers(40, 216, (3, 4, 3), np.uint8)
    exif = Image.Exif()
    if taken:
        exif.get_ifd(DETAILS)[TAKEN] = taken
    Image.fromarray(colors).resize(size, Image.Resampling.BICUBIC).save(path, exif=exif)
    return path


def warm_style(amount: float = 0.05) -> Style:
    """A style that makes everything a little redder."""
    identity = Look.identity()
    table = identity.table.copy()
    table[..., 0] += amount
    return Style("warm", "fixed", look=Look(table, identity.grid))


def opened(asked: BatchRequest, style: Style) -> Journal:
    """The journal of a request, as a new run reads it."""
    folder = journal_folder(asked)
    assert folder is not None
    return Journal.read(folder, asked, style)


def planned(asked: BatchRequest, style: Style) -> Plan:
    return plan(asked, style.name, opened(asked, style))


def run_all(asked: BatchRequest, style: Style, workers: int = 2) -> list[PhotoOutcome]:
    """Run a request from its journal on, as the command does."""
    journal = opened(asked, style)
    found = plan(asked, style.name, journal)
    journal.open()
    try:
        return [*found.settled, *run_batch(found, asked, style, journal, Pace(workers))]
    finally:
        journal.close()


def states(outcomes: list[PhotoOutcome]) -> dict[str, str]:
    """Names of photos, and what came of each."""
    return {outcome.task.source.name: outcome.state for outcome in outcomes}
