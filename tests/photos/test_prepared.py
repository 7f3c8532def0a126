"""Photos prepared for training: what they become, what is said of them, and their cache."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from portrait_atelier.core.folders import cache_folder
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning import prepared
from portrait_atelier.core.learning.face_crops import face_crop
from portrait_atelier.core.learning.prepared import prepare_photo, prepare_photos, split_held_out
from portrait_atelier.core.photos.cache import cache_key, keep_newest
from portrait_atelier.core.photos.folder import FolderSettings, PhotoFolder, read_photo_folder
from scenes import portrait, save, scene
from skimage.data import astronaut
from skimage.transform import resize


def _astronaut() -> np.ndarray:
    return resize(astronaut(), (256, 256), anti_aliasing=True).astype(np.float32)


def _gray(level: float) -> Proxy:
    return Proxy.opaque(np.full((20, 24, 3), level, np.float32))


@pytest.fixture
def folder(tmp_path: Path) -> PhotoFolder:
    save(_astronaut(), tmp_path / "a.png")
    save(np.rot90(_astronaut(), 1), tmp_path / "b.png")
    save(portrait(1), tmp_path / "c.png")
    return read_photo_folder(tmp_path)


@pytest.fixture
def single(tmp_path: Path) -> PhotoFolder:
    """Of one photo, whose face is found at once."""
    return read_photo_folder(save(_astronaut(), tmp_path / "single.png"))


def _cached() -> list[Path]:
    return sorted((cache_folder() / "prepared").iterdir())


def test_a_photo_becomes_a_square_and_its_face():
    pixels = _astronaut()
    photo = prepare_photo(Proxy.opaque(pixels))
    assert photo.face_box is not None
    assert photo.crop.height == pytest.approx(1.6 * (photo.face_box.height * photo.face_box.width) ** 0.5)
    assert photo.crop.center == pytest.approx(photo.face_box.center, abs=1e-6)
    assert (photo.whole.shape, photo.whole.dtype) == ((3, 128, 128), torch.uint8)
    halved = pixels.reshape(128, 2, 128, 2, 3).mean((1, 3)).transpose(2, 0, 1)
    np.testing.assert_allclose(photo.whole.numpy() / 255, halved, atol=0.003)
    top, left = round(photo.crop.top * 256), round(photo.crop.left * 256)
    side = round(photo.crop.height * 256)
    cut = pixels[top : top + side, left : left + side]
    np.testing.assert_allclose(photo.face.numpy().mean((1, 2)) / 255, cut.mean((0, 1)), atol=0.01)


def test_the_face_can_be_cut_from_the_whole_at_the_same_place(folder):
    photos = prepare_photos(folder)
    again = face_crop(photos.whole.float(), photos.boxes, 64)
    assert (again - photos.face.float()).abs().mean() < 6  # of 255; the whole is less sharp
    elsewhere = face_crop(photos.whole.float(), photos.boxes.roll(1, 0), 64)
    assert (elsewhere - photos.face.float()).abs().mean() > 12


def test_a_set_is_stacked_in_order_and_says_what_was_found(folder):
    photos = prepare_photos(folder)
    assert photos.whole.shape == (3, 3, 128, 128)
    assert photos.face.shape == (3, 3, 64, 64)
    assert photos.boxes.dtype == torch.float32
    assert photos.has_face.tolist() == [True, False, False]
    assert photos.names == tuple(str(photo.path) for photo in folder.photos)
    assert [(finding.path.name, finding.kind) for finding in photos.findings] == [
        ("b.png", "sideways"),
        ("c.png", "no face"),
    ]
    assert "turned by 90 degrees clockwise; turn it and save it again" in photos.findings[0].text
    assert "its middle is used; remove it if no portrait" in photos.findings[1].text
    assert photos.notes == ()
    middle = photos.boxes[2]
    assert (middle[:2] + middle[2:] / 2).tolist() == pytest.approx([0.47, 0.5])


def test_a_part_keeps_its_photos_and_findings(folder):
    photos = prepare_photos(folder)
    part = photos.part(np.array([2, 0]))
    assert len(part) == 2
    assert part.names == (photos.names[2], photos.names[0])
    assert torch.equal(part.whole, photos.whole[[2, 0]])
    assert part.has_face.tolist() == [False, True]
    assert [finding.kind for finding in part.findings] == ["no face"]
    assert len(photos.part([])) == 0


def test_transparent_pixels_show_the_mean_of_the_others():
    pixels = np.full((64, 64, 3), 0.25, np.float32)
    pixels[:, 32:] = 1
    weights = np.ones((64, 64), np.float32)
    weights[:, 32:] = 0
    photo = prepare_photo(Proxy(pixels, weights))
    assert torch.equal(photo.whole, torch.full((3, 128, 128), 64, dtype=torch.uint8))


def test_of_many_photos_some_are_picked_evenly(monkeypatch):
    monkeypatch.setattr(prepared, "MAX_PHOTOS", 3)
    seen = []
    photos = prepare_photos(
        [_gray(number / 9) for number in range(9)],
        names=[f"{number}.jpg" for number in range(9)],
        progress=lambda done, total: seen.append((done, total)),
    )
    assert photos.names == ("1.jpg", "4.jpg", "7.jpg")
    assert photos.whole[1, 0, 0, 0] == round(255 * 4 / 9)
    assert photos.notes == ("3 of the 9 photos are trained on, picked evenly; all count in the statistics",)
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_photos_without_names_are_numbered():
    assert prepare_photos([_gray(0), _gray(1)]).names == ("photo 1", "photo 2")


def test_no_photos_and_missing_names_are_refused():
    with pytest.raises(ValueError, match="photos must be at least one"):
        prepare_photos([])
    with pytest.raises(ValueError, match="each with a name, got 2 and 1 names"):
        prepare_photos([_gray(0), _gray(1)], names=["a"])


def test_a_fifth_is_held_out_from_ten_photos_up():
    for count in (1, 9):
        learning, held_out = split_held_out(count, 0)
        assert learning.tolist() == list(range(count))
        assert held_out.tolist() == []
    for count, number in ((10, 2), (14, 2), (25, 5), (512, 102)):
        learning, held_out = split_held_out(count, 3)
        assert len(held_out) == number
        assert sorted([*learning.tolist(), *held_out.tolist()]) == list(range(count))
        assert set(np.diff(held_out)) <= {count // number, count // number + 1}


def test_the_seed_decides_what_is_held_out():
    assert split_held_out(25, 1)[1].tolist() == split_held_out(25, 1)[1].tolist()
    assert len({tuple(split_held_out(25, seed)[1]) for seed in range(30)}) == 5


def _count_preparations(monkeypatch) -> list[Proxy]:
    calls: list[Proxy] = []

    def counting(proxy: Proxy) -> prepared.PreparedPhoto:
        calls.append(proxy)
        return prepare_photo(proxy)

    monkeypatch.setattr(prepared, "prepare_photo", counting)
    return calls


def test_a_folder_is_prepared_once(folder, monkeypatch):
    calls = _count_preparations(monkeypatch)
    first = prepare_photos(folder)
    again = prepare_photos(folder)
    assert len(calls) == 3
    assert len(_cached()) == 1
    for name in ("whole", "face", "boxes", "has_face"):
        assert torch.equal(getattr(first, name), getattr(again, name))
    assert (first.names, first.findings, first.notes) == (again.names, again.findings, again.notes)


def test_a_cache_may_lie_elsewhere_and_is_for_its_owner_alone(single, tmp_path, monkeypatch):
    (cache_folder() / "prepared").mkdir(mode=0o755)
    calls = _count_preparations(monkeypatch)
    for _ in range(2):
        prepare_photos(single, cache=tmp_path / "own")
    assert len(calls) == 1
    assert _cached() == []
    prepare_photos(single)
    assert len(_cached()) == 1
    if os.name == "posix":
        for folder in (tmp_path / "own", cache_folder() / "prepared"):
            assert folder.stat().st_mode & 0o077 == 0


def test_changed_photos_are_prepared_anew(single, monkeypatch):
    prepare_photos(single)
    calls = _count_preparations(monkeypatch)
    os.utime(single.photos[0].path, ns=(1, 1))
    prepare_photos(single)
    assert len(calls) == 1


def test_other_crops_of_the_same_photos_are_other_photos(tmp_path, monkeypatch):
    scan = np.pad(scene(1, height=200, width=200), ((28, 28), (28, 28), (0, 0)), constant_values=0.03)
    save(scan, tmp_path / "scan.png")
    prepare_photos(read_photo_folder(tmp_path))
    calls = _count_preparations(monkeypatch)
    prepare_photos(read_photo_folder(tmp_path, settings=FolderSettings(crop_borders=False)))
    assert len(calls) == 1


@pytest.mark.parametrize("damage", [b"", b"not one of ours", None])
def test_a_damaged_cache_is_made_anew(single, monkeypatch, damage):
    whole = prepare_photos(single).whole
    (file,) = _cached()
    good = file.read_bytes()
    file.write_bytes(good[:-100] if damage is None else damage)
    calls = _count_preparations(monkeypatch)
    assert torch.equal(prepare_photos(single).whole, whole)
    assert len(calls) == 1
    assert file.read_bytes()[-100:] == good[-100:]


def test_a_cache_of_another_shape_is_made_anew(single, monkeypatch):
    prepare_photos(single)
    (file,) = _cached()
    file.write_bytes(file.read_bytes().replace(b'"has_face"', b'"has_fape"'))
    calls = _count_preparations(monkeypatch)
    prepare_photos(single)
    assert len(calls) == 1


def test_a_cache_that_cannot_be_written_costs_time_only(single, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("ATELIER_CACHE", str(tmp_path / "file"))
    assert len(prepare_photos(single)) == 1


def test_a_photo_that_has_gone_is_no_reason_to_fail(single):
    single.photos[0].path.unlink()
    assert len(prepare_photos(single)) == 1
    assert not (cache_folder() / "prepared").exists()


def test_the_newest_files_are_kept(tmp_path):
    for age in range(5):
        (tmp_path / f"{age}").write_text("x")
        os.utime(tmp_path / f"{age}", (1000 - age, 1000 - age))
    (tmp_path / "folder").mkdir()
    keep_newest(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "folder"]
    keep_newest(tmp_path / "missing", 2)


def test_the_cache_stays_small(single, monkeypatch):
    monkeypatch.setattr("portrait_atelier.core.learning.prepared_set.MAX_FILES", 2)
    for age in range(4):
        os.utime(single.photos[0].path, (age, age))
        prepare_photos(single)
    assert len(_cached()) == 2


def test_keys_tell_photos_and_subjects_apart(tmp_path):
    photo = tmp_path / "a"
    photo.write_text("1")
    key = cache_key("x", [photo])
    assert len(key) == 32
    assert key == cache_key("x", [photo])
    assert len({key, cache_key("y", [photo]), cache_key("x", [])}) == 3
    photo.write_text("12")
    assert cache_key("x", [photo]) != key
