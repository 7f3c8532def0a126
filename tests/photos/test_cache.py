"""Caches of photos: keys, and limits of size."""

import os

from portrait_atelier.core.folders import cache_folder
from portrait_atelier.core.learning.request import TrainRequest
from portrait_atelier.core.learning.service import train_style
from portrait_atelier.core.photos.cache import cache_key, keep_newest
from scenes import portrait, save


def test_the_newest_files_are_kept(tmp_path):
    for age in range(5):
        (tmp_path / f"{age}").write_text("x")
        os.utime(tmp_path / f"{age}", (1000 - age, 1000 - age))
    (tmp_path / "folder").mkdir()
    keep_newest(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1", "folder"]
    keep_newest(tmp_path / "missing", 2)


def test_keys_tell_photos_and_subjects_apart(tmp_path):
    photo = tmp_path / "a"
    photo.write_text("1")
    key = cache_key("x", [photo])
    assert len(key) == 32
    assert key == cache_key("x", [photo])
    assert len({key, cache_key("y", [photo]), cache_key("x", [])}) == 3
    photo.write_text("12")
    assert cache_key("x", [photo]) != key


def test_pictures_of_people_that_earlier_versions_cached_are_deleted(tmp_path):
    old = cache_folder() / "prepared" / "0123.safetensors"
    old.parent.mkdir(parents=True)
    old.write_bytes(b"faces")
    train_style(TrainRequest("mine", save(portrait(1), tmp_path / "photo.png"), instant=True))
    assert not old.parent.exists()
