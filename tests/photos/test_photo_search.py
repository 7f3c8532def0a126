import os
import sys
from pathlib import Path

import pytest
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.photos.search import find_photos, find_raws


def touch(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def found(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in find_photos(folder)]


def test_photos_are_found_at_any_depth_by_any_spelling_of_their_suffix_in_order(tmp_path):
    touch(tmp_path, "b.JPG", "a.tif", "deep/er/c.PNG", "d.WebP", "B.jpeg", "notes.txt", "film.mp4", "edit.xmp")
    assert found(tmp_path) == ["B.jpeg", "a.tif", "b.JPG", "d.WebP", "deep/er/c.PNG"]


def test_hidden_files_and_leavings_of_other_programs_are_passed_over(tmp_path):
    touch(tmp_path, "a.jpg", "._a.jpg", ".hidden/b.jpg", "__MACOSX/c.jpg", "sub/@eaDir/d.jpg", "sub/e.jpg")
    assert found(tmp_path) == ["a.jpg", "sub/e.jpg"]


def test_a_hidden_folder_that_is_named_is_searched(tmp_path):
    touch(tmp_path, ".photos/a.jpg")
    assert found(tmp_path / ".photos") == ["a.jpg"]


def test_a_folder_called_like_a_photo_is_a_folder(tmp_path):
    touch(tmp_path, "series.jpg/a.jpg")
    assert found(tmp_path) == ["series.jpg/a.jpg"]


def test_links_are_followed_once_and_loops_end(tmp_path):
    touch(tmp_path, "real/a.jpg")
    try:
        (tmp_path / "real" / "loop").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "zz").symlink_to(tmp_path / "real", target_is_directory=True)
        (tmp_path / "broken.jpg").symlink_to(tmp_path / "nothing.jpg")
    except OSError:
        pytest.skip("this system lets nobody make links")
    assert found(tmp_path) == ["real/a.jpg"]


def test_one_file_is_itself(tmp_path):
    touch(tmp_path, "a.jpg")
    assert find_photos(tmp_path / "a.jpg") == [tmp_path / "a.jpg"]


def test_raw_files_count_where_no_finished_photo_lies_beside_them(tmp_path):
    touch(tmp_path, "a.CR3", "b.nef", "b.jpg", "sub/c.dng")
    assert [path.name for path in find_raws(tmp_path)] == ["a.CR3", "c.dng"]


def test_no_such_folder(tmp_path):
    with pytest.raises(LearningError, match=r"nowhere: no such folder \(nothing is there\); check the spelling"):
        find_photos(tmp_path / "nowhere")


@pytest.mark.skipif(sys.platform == "win32", reason="permissions work otherwise there")
def test_a_folder_that_cannot_be_opened(tmp_path, monkeypatch):
    def refuse(path: object) -> object:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(os, "scandir", refuse)  # root, who runs many a test, may open everything
    with pytest.raises(LearningError, match=r"cannot be opened \(permission denied\); check its permissions"):
        find_photos(tmp_path)


def test_what_may_not_be_looked_at_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(path: object, **more: object) -> os.stat_result:
        if str(path).endswith("secret.jpg"):
            raise PermissionError(13, "Permission denied")
        return look(path, **more)

    for name in ("a.jpg", "secret.jpg"):
        (tmp_path / name).write_bytes(b"x")
    look = os.stat
    monkeypatch.setattr("os.stat", refuse)
    assert find_photos(tmp_path) == [tmp_path / "a.jpg"]
