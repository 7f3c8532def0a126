"""The people of the base model."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning.base_people import LARGE_SIZE, SMALL_SIZE, BasePeople, read_base_people


def _people(counts: tuple[int, ...]) -> BasePeople:
    rng = np.random.default_rng(0)
    proxies = [Proxy.opaque(rng.random((24, 20, 3), np.float32)) for _ in range(sum(counts))]
    return BasePeople.of_proxies(proxies, np.repeat(np.arange(len(counts)), counts))


def test_photos_become_small_squares_of_bytes():
    people = _people((9,))
    assert people.large.shape == (9, LARGE_SIZE, LARGE_SIZE, 3)
    assert people.small.shape == (9, SMALL_SIZE, SMALL_SIZE, 3)
    assert people.large.dtype == np.uint8


def test_every_person_is_on_one_side_of_the_split():
    people = _people((40, 20))
    learning, held_out = people.split(0.4)
    assert (len(learning.large), len(held_out.large)) == (36, 24)
    assert np.bincount(held_out.people.kinds).tolist() == [16, 8]
    both = {photo.tobytes() for photo in (*learning.small, *held_out.small)}
    assert len(both) == 60


def test_too_few_people_are_refused():
    with pytest.raises(LearningError, match="folder 2: 9 photos are too few"):
        _people((40, 9)).split(0.4)


def test_folders_are_kinds(tmp_path: Path):
    for kind, count in (("a", 3), ("b", 4)):
        (tmp_path / kind).mkdir()
        for number in range(count):
            Image.new("RGB", (20, 30), (40 * number, 90, 120)).save(tmp_path / kind / f"{number}.png")
    seen = []
    people = read_base_people(
        [f"{tmp_path / 'a'}:2", str(tmp_path / "b")], lambda done, total: seen.append((done, total))
    )
    assert people.people.kinds.tolist() == [0, 0, 1, 1, 1, 1]
    assert seen[-1] == (6, 6)
