"""Simulated folders: photos in one look or in two, the style read from them, and how far it is from the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from skimage.color import deltaE_ciede2000
from torch import Tensor

from ...color.lab import lab_to_srgb
from ...estimation.color_set import COLOR_BUDGET, MAX_COLORS, ColorSet
from ...estimation.set_model import SetModel
from ...estimation.set_readings import StyleReading
from ...imaging.color_management import to_uint8
from ...learning.look.evidence import evidence_of
from ...networks.token_layout import LAB, PLACE, REGIONS
from ..look.cases import Batch, CaseMaker, CaseSettings
from ..look.looks import LookLibrary, identity_table
from ..look.people import People

FEWEST, MOST = 4, 60  # photos of a folder
STRENGTHS = (0.2, 1.2)
NUM_CONTENTS = 12
_MIXED, _MIXED_SHARES = 0.25, (0.15, 0.45)  # share of folders with a second look, and its shares of their photos
_OWN, _OWN_COUNTS = 0.15, (3, 8, 25)  # share of folders with own untouched photos
_ONE_KIND, _ONE_STRENGTH = 0.7, 0.5  # of the folders with a second look
_SETTINGS = CaseSettings(
    num_sets=2,
    num_contents=NUM_CONTENTS,
    num_colors=200,
    num_queries=100,
    film_share=0.7,
    hand=0.25,
    photo_hand=0.15,
    backdrop=0.12,
    spatial=0.0,
    own=0.0,
    no_regions=0.0,
    no_places=0.0,
    apart=0.1,
)


@dataclass(frozen=True)
class FolderCase:
    """What became of one folder.

    Attributes:
        evidence: (F,) as of `evidence_of`.
        truth: mean CIEDE2000 of people in the style from the right answer; people without any look lie `untouched`.
        second: share of photos in a second look.
    """

    evidence: np.ndarray
    truth: float
    untouched: float
    second: float


@dataclass(frozen=True)
class WeakenedLooks(LookLibrary):
    """A library whose looks are drawn weaker or stronger than they are.

    Attributes:
        strengths: (sets,) of the looks of a draw, in Lab.
    """

    strengths: Tensor

    @classmethod
    def of(cls, looks: LookLibrary, strengths: tuple[float, ...]) -> WeakenedLooks:
        """Weaken the looks of a library."""
        return cls(looks.procedural, looks.films, looks.mixed, torch.tensor(strengths))

    def draw(self, rng: np.random.Generator, count: int, film_share: float) -> Tensor:
        """Draw looks as `LookLibrary` does; `count` must be the number of strengths."""
        identity = identity_table()
        return identity + self.strengths[:, None, None, None, None] * (super().draw(rng, count, film_share) - identity)


def simulate(seed: int, people: People, looks: LookLibrary, model: SetModel) -> FolderCase:
    """Draw a folder, read its style, and compare that with the truth on people who are in no folder.

    Args:
        seed: of the folder; the same gives the same.
        people: to draw from.
        looks: to draw from.
        model: the set network.
    """
    rng = np.random.Generator(np.random.PCG64([seed, len(people.pixels)]))
    torch.manual_seed(int(rng.integers(1 << 30)))
    count = int(np.exp(rng.uniform(np.log(FEWEST), np.log(MOST))))
    strength = float(rng.uniform(*STRENGTHS))
    other = strength if rng.random() < _ONE_STRENGTH else float(rng.uniform(*STRENGTHS))
    second = round(float(rng.uniform(*_MIXED_SHARES)) * count) if rng.random() < _MIXED else 0
    num_own = int(rng.choice(_OWN_COUNTS)) if rng.random() < _OWN else 0
    maker = CaseMaker(people, WeakenedLooks.of(looks, (strength, other)), _SETTINGS, rng)
    one_kind = bool(second) and rng.random() < _ONE_KIND
    batch = maker.draw_sized((count, _num_colors(count)), (num_own, _num_colors(num_own)), one_kind=one_kind)
    tokens = batch.style.numpy()
    photos = _color_set(np.concatenate([tokens[1, :second], tokens[0, second:]]))
    own = None if batch.own is None else _color_set(batch.own.numpy()[0])
    reading = model.read_style(photos, own)
    found = _distances(model, reading, batch)
    return FolderCase(evidence_of(model, reading, photos), *found, second / count)


def _num_colors(count: int) -> int:
    return min(MAX_COLORS, COLOR_BUDGET // count) if count else 0


def _color_set(tokens: np.ndarray) -> ColorSet:
    colors = to_uint8(lab_to_srgb(tokens[..., LAB]).clip(0, 1))
    return ColorSet(
        colors, np.ones(len(tokens), np.float32), to_uint8(tokens[..., PLACE]), to_uint8(tokens[..., REGIONS])
    )


def _distances(model: SetModel, reading: StyleReading, batch: Batch) -> tuple[float, float]:
    """Return how far people in the style, and untouched ones, are from the answers."""
    found = []
    for number in range(NUM_CONTENTS):
        content = model.read_content(batch.content[0, number].numpy(), np.zeros((16, 16, 2), np.float32))
        before, answer = batch.queries[number, :, LAB].numpy(), batch.answers[number].numpy()
        after = model.transport_colors(model.context(reading, content), before)
        found.append([deltaE_ciede2000(part, answer).mean() for part in (after, before)])
    truth, untouched = np.mean(found, 0)
    return float(truth), float(untouched)
