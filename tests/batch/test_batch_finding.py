"""The photos of a batch: folders, patterns, RAW files beside finished photos, each photo once."""

import os
from pathlib import Path

import pytest
from batch_material import request
from portrait_atelier.core.batch.finding import find_batch
from portrait_atelier.core.errors import LearningError


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def _found(*photos: Path, **more) -> list[str]:
    return [photo.path.name for photo in find_batch(request(*photos, **more))[0]]


def test_folders_are_searched_at_any_depth_and_keep_their_tree(tmp_path: Path):
    _touch(tmp_path, "in/b.jpg", "in/a/c.tif", "in/a/d/e.png", "in/notes.txt", "in/.hidden/f.jpg", "in/.g.jpg")
    found, _ = find_batch(request(tmp_path / "in"))
    assert [(photo.path.name, photo.place.as_posix()) for photo in found] == [
        ("c.tif", "a"),
        ("e.png", "a/d"),
        ("b.jpg", "."),
    ]


def test_of_several_folders_the_tree_begins_with_their_names(tmp_path: Path):
    _touch(tmp_path, "one/a.jpg", "two/a.jpg", "b.jpg")
    found, _ = find_batch(request(tmp_path / "one", tmp_path / "b.jpg", tmp_path / "two"))
    assert [photo.place.as_posix() for photo in found] == ["one", ".", "two"]


@pytest.mark.parametrize(
    ("include", "exclude", "names"),
    [
        ((), (), ["x.TIF", "a.jpg", "b.tif"]),
        (("*.tif",), (), ["x.TIF", "b.tif"]),
        ((), ("*.tif",), ["a.jpg"]),
        ((), ("Rejected",), ["a.jpg", "b.tif"]),
        (("rejected/*",), (), ["x.TIF"]),
        (("*.tif", "a*"), ("b*",), ["x.TIF", "a.jpg"]),
    ],
)
def test_patterns_choose_among_the_photos_of_folders(tmp_path: Path, include, exclude, names):
    _touch(tmp_path, "in/a.jpg", "in/b.tif", "in/Rejected/x.TIF")
    assert _found(tmp_path / "in", include=include, exclude=exclude) == names


def test_named_photos_are_taken_whatever_the_patterns_say(tmp_path: Path):
    _touch(tmp_path, "a.jpg")
    assert _found(tmp_path / "a.jpg", include=("*.tif",)) == ["a.jpg"]


def test_the_output_folder_is_not_searched(tmp_path: Path):
    _touch(tmp_path, "a.jpg", "out/a.jpg", "outer/b.jpg")
    assert _found(tmp_path, output=tmp_path / "out") == ["a.jpg", "b.jpg"]
    assert _found(tmp_path, output=tmp_path) == ["a.jpg", "a.jpg", "b.jpg"]


def test_a_raw_file_beside_its_finished_photo_is_left_out(tmp_path: Path):
    _touch(tmp_path, "in/a.NEF", "in/a.jpg", "in/b.nef", "in/other/b.jpg")
    found, raws = find_batch(request(tmp_path / "in"))
    assert [photo.path.name for photo in found] == ["a.jpg", "b.nef", "b.jpg"]
    assert [path.name for path in raws] == ["a.NEF"]
    alone, none = find_batch(request(tmp_path / "in", include=("*.nef",)))
    assert [photo.path.name for photo in alone] == ["a.NEF", "b.nef"]
    assert none == []


def test_a_photo_that_is_named_twice_is_done_once(tmp_path: Path):
    _touch(tmp_path, "in/a.jpg", "in/b.jpg")
    assert _found(tmp_path / "in/b.jpg", tmp_path / "in") == ["b.jpg", "a.jpg"]


def test_a_folder_that_cannot_be_opened_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "in").mkdir()

    def denied(path: object) -> None:
        raise PermissionError(13, "no")

    monkeypatch.setattr("os.scandir", denied)
    with pytest.raises(LearningError, match="cannot be opened"):
        find_batch(request(tmp_path / "in"))


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_an_output_folder_behind_a_link_is_not_searched(tmp_path: Path):
    _touch(tmp_path, "in/a.jpg", "disk/b.jpg")
    (tmp_path / "in/out").symlink_to(tmp_path / "disk")
    found, _ = find_batch(request(tmp_path / "in", output=tmp_path / "in/out"))
    assert [photo.path.name for photo in found] == ["a.jpg"]
