"""Face detection in photos: findings and cache."""

import os
from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.folders import cache_folder
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.photos import face_check
from portrait_atelier.core.photos.face_check import check_faces
from portrait_atelier.core.photos.faces import face_turn
from portrait_atelier.core.photos.folder import FolderSettings, PhotoFolder, pick_evenly, read_photo_folder
from scenes import portrait, save, scene
from skimage.data import astronaut
from skimage.transform import resize


def _astronaut() -> np.ndarray:
    return resize(astronaut(), (256, 256), anti_aliasing=True).astype(np.float32)


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
    return sorted((cache_folder() / "faces").iterdir())


def test_photos_without_a_face_are_told_of_in_their_order(folder):
    found = check_faces(folder)
    assert [(finding.path.name, finding.kind) for finding in found] == [
        ("b.png", "sideways"),
        ("c.png", "no face"),
    ]
    assert "turned by 90 degrees clockwise; turn it and save it again" in found[0].text
    assert "remove it if it is no portrait" in found[1].text


def test_a_face_is_looked_for_in_what_is_seen(tmp_path, monkeypatch):
    rgba = np.ones((256, 256, 4), np.float32)
    rgba[..., :3] = 0.25
    rgba[:, 128:] = (1, 1, 1, 0)
    save(rgba, tmp_path / "half.png")
    seen = []
    monkeypatch.setattr(face_check, "face_turn", lambda pixels: seen.append(pixels) or face_turn(pixels))
    check_faces(read_photo_folder(tmp_path))
    np.testing.assert_allclose(seen[0], 0.25, atol=0.01)


def test_of_many_photos_some_are_looked_at_evenly(folder, monkeypatch):
    monkeypatch.setattr(face_check, "MAX_PHOTOS", 1)
    seen = []
    found = check_faces(folder, progress=lambda done, total: seen.append((done, total)))
    assert [finding.path.name for finding in found] == ["b.png"]
    assert seen == [(1, 1)]
    assert pick_evenly(9, 3) == [1, 4, 7]


def _count_searches(monkeypatch) -> list[Proxy]:
    calls: list[Proxy] = []

    def counting(proxy: Proxy) -> int | None:
        calls.append(proxy)
        return None

    monkeypatch.setattr(face_check, "_turn_of", counting)
    return calls


def test_a_folder_is_looked_at_once(folder, monkeypatch):
    found = check_faces(folder)
    calls = _count_searches(monkeypatch)
    assert check_faces(folder) == found
    assert calls == []
    assert len(_cached()) == 1


def test_changed_photos_are_looked_at_anew(single, monkeypatch):
    check_faces(single)
    calls = _count_searches(monkeypatch)
    os.utime(single.photos[0].path, ns=(1, 1))
    check_faces(single)
    assert len(calls) == 1


def test_other_crops_of_the_same_photos_are_other_photos(tmp_path, monkeypatch):
    scan = np.pad(scene(1, height=200, width=200), ((28, 28), (28, 28), (0, 0)), constant_values=0.03)
    save(scan, tmp_path / "scan.png")
    check_faces(read_photo_folder(tmp_path))
    calls = _count_searches(monkeypatch)
    check_faces(read_photo_folder(tmp_path, settings=FolderSettings(crop_borders=False)))
    assert len(calls) == 1


@pytest.mark.parametrize("damage", [b"", b"not one of ours", b'{"found": []}', b'{"findings": [1]}'])
def test_a_damaged_cache_is_made_anew(single, monkeypatch, damage):
    check_faces(single)
    (file,) = _cached()
    good = file.read_bytes()
    file.write_bytes(damage)
    calls = _count_searches(monkeypatch)
    check_faces(single)
    assert len(calls) == 1
    assert file.read_bytes() == good


def test_a_cache_that_cannot_be_written_costs_time_only(single, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("ATELIER_CACHE", str(tmp_path / "file"))
    assert check_faces(single) == ()


def test_a_photo_that_has_gone_is_no_reason_to_fail(single):
    single.photos[0].path.unlink()
    assert check_faces(single) == ()
    assert not (cache_folder() / "faces").exists()


def test_the_cache_stays_small(single, monkeypatch):
    monkeypatch.setattr("portrait_atelier.core.photos.face_check.MAX_FILES", 2)
    for age in range(4):
        os.utime(single.photos[0].path, (age, age))
        check_faces(single)
    assert len(_cached()) == 2
