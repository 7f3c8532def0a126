"""Training data is kept by the content of its photos, and is the same when it comes from the cache."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_material import finished, hasten, untouched
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning.look import kept_material
from portrait_atelier.core.learning.look.kept_material import material_of
from portrait_atelier.core.learning.look.photos import TrainingPhotos

_CPU = torch.device("cpu")


class _Reader:
    """Counts what is read anew."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.num_read, read = 0, kept_material.read_material

        def counted(*given):
            self.num_read += 1
            return read(*given)

        monkeypatch.setattr(kept_material, "read_material", counted)

    def __call__(self, photos: TrainingPhotos, own: TrainingPhotos | None = None):
        return material_of(load_set_model(), photos, own, _CPU)


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> _Reader:
    hasten(monkeypatch)
    monkeypatch.setenv("ATELIER_CACHE", str(tmp_path))
    return _Reader(monkeypatch)


def _brighter(photos: TrainingPhotos) -> TrainingPhotos:
    """The same photos, one pixel of one of them by the least step brighter."""
    first, *others = photos.proxies
    pixels = first.pixels.copy()
    pixels[0, 0, 0] = np.nextafter(pixels[0, 0, 0], np.float32(2))
    return TrainingPhotos((Proxy(pixels, first.weights), *others))


def test_the_same_photos_are_read_once_and_give_the_same_data(read: _Reader):
    first, again = read(finished()), read(finished())
    assert read.num_read == 1
    assert first.is_own == again.is_own
    for name, tensor in first.tensors().items():
        assert torch.equal(tensor, again.tensors()[name])
    assert {item.name for item in fields(first)} == {item.name for item in fields(again)}
    assert all(torch.equal(a, b) for a, b in zip(first.network.parameters(), again.network.parameters(), strict=True))


def test_other_photos_untouched_ones_and_people_are_read_anew(read: _Reader, monkeypatch: pytest.MonkeyPatch):
    photos = finished()
    read(photos)
    read(_brighter(photos))
    read(photos, untouched())
    assert read.num_read == 3
    people = kept_material.load_people()
    monkeypatch.setattr(kept_material, "load_people", lambda: people.part([0, 1, 2]))
    read(photos)
    assert read.num_read == 4


def test_damaged_data_is_read_anew_and_the_oldest_is_deleted(
    read: _Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    photos = finished()
    read(photos)
    (path,) = (tmp_path / "preparations").iterdir()
    path.write_bytes(path.read_bytes()[:1000])
    read(photos)
    assert read.num_read == 2
    monkeypatch.setattr(kept_material, "_MOST_KEPT", 1)
    read(_brighter(photos))
    (other,) = (tmp_path / "preparations").iterdir()
    assert other.name != path.name
