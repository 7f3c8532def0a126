"""What the set network makes of contents is kept, and is the same when it comes from the cache."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
from learning_material import finished, hasten, untouched
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning.look import kept_contents, material
from portrait_atelier.core.learning.look.material import Material, read_material
from portrait_atelier.core.learning.look.photos import TrainingPhotos
from portrait_atelier.core.networks.set_network import Context
from safetensors.numpy import load_file
from torch import Tensor


class _Reader:
    """Counts what is computed anew."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.num_read, read = 0, kept_contents.read_contents

        def counted(*given):
            self.num_read += 1
            return read(*given)

        monkeypatch.setattr(kept_contents, "read_contents", counted)

    def __call__(self, photos: TrainingPhotos, own: TrainingPhotos | None = None) -> Material:
        return read_material(load_set_model(), photos, own, torch.device("cpu"))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> _Reader:
    hasten(monkeypatch)
    monkeypatch.setenv("ATELIER_CACHE", str(tmp_path))
    return _Reader(monkeypatch)


def _brighter(photos: TrainingPhotos) -> TrainingPhotos:
    """The same photos, one of them a little brighter."""
    first, *others = photos.proxies
    return TrainingPhotos((Proxy((first.pixels * 1.01).clip(0, 1), first.weights), *others))


def _tensors(found: Material) -> dict[str, Tensor]:
    """All but the network, in the form in which they enter sums."""
    tensors = {name: getattr(found, name) for name in ("style", "style_pictures", "picture_photos")}
    for name in ("contents", "pictures"):
        part = getattr(found, name)
        tensors |= {f"{name}.{item.name}": getattr(part.context, item.name) for item in fields(Context)}
        tensors[f"{name}.tokens"] = part.tokens
    return tensors


def test_the_same_photos_are_read_once_and_give_the_same_data(read: _Reader):
    first, again = read(finished()), read(finished())
    assert read.num_read == 1
    assert first.is_own == again.is_own
    found = _tensors(again)
    for name, tensor in _tensors(first).items():
        assert torch.equal(tensor, found[name]), name
        assert tensor.stride() == found[name].stride(), name
    assert all(torch.equal(a, b) for a, b in zip(first.network.parameters(), again.network.parameters(), strict=True))


def test_other_photos_untouched_ones_and_people_are_read_anew(read: _Reader, monkeypatch: pytest.MonkeyPatch):
    photos = finished()
    read(photos)
    read(_brighter(photos))
    read(photos, untouched())
    assert read.num_read == 3
    people = material.load_people()
    monkeypatch.setattr(material, "load_people", lambda: people.part([0, 1, 2]))
    read(photos)
    assert read.num_read == 4


def test_no_picture_and_no_pixel_of_a_photo_is_kept(read: _Reader, tmp_path: Path):
    found = read(finished(), untouched())
    (path,) = (tmp_path / "preparations").iterdir()
    kept = load_file(path)
    assert set(kept) == {item.name for item in fields(Context)}
    assert max(array.size // len(array) for array in kept.values()) < np.prod(found.style.shape[1:])


def test_damaged_data_is_read_anew_and_the_oldest_is_deleted(
    read: _Reader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    photos = finished()
    read(photos)
    (path,) = (tmp_path / "preparations").iterdir()
    path.write_bytes(path.read_bytes()[:1000])
    read(photos)
    assert read.num_read == 2
    monkeypatch.setattr(kept_contents, "_MOST_KEPT", 1)
    read(_brighter(photos))
    (other,) = (tmp_path / "preparations").iterdir()
    assert other.name != path.name
