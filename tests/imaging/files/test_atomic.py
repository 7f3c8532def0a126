"""Atomic writing."""

import errno
import sys

import pytest
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.imaging.files.atomic import atomic_write, check_writable


def _fill(path, content, error=None, meanwhile=None):
    with atomic_write(path, overwrite=meanwhile is None) as temporary:
        temporary.write_bytes(content)
        if meanwhile:
            path.write_bytes(meanwhile)
        if error:
            raise error


def test_a_file_appears_whole_and_alone(tmp_path):
    path = tmp_path / "new" / "folder" / "a.bin"
    with atomic_write(path, overwrite=False) as temporary:
        assert temporary.parent == path.parent
        assert temporary.suffix == ".bin"
        temporary.write_bytes(b"whole")
        assert not path.exists()
    assert path.read_bytes() == b"whole"
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with pytest.raises(KeyError):
        _fill(path, b"half", KeyError())
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_existing_file_is_replaced_only_when_asked(tmp_path):
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")
    with (
        pytest.raises(AtelierError, match=r"a\.bin: already exists .*--overwrite"),
        atomic_write(path, overwrite=False),
    ):
        pass
    with atomic_write(path, overwrite=True) as temporary:
        temporary.write_bytes(b"new")
    assert path.read_bytes() == b"new"


def test_a_file_that_appears_meanwhile_is_kept(tmp_path):
    path = tmp_path / "a.bin"
    with pytest.raises(AtelierError, match="already exists"):
        _fill(path, b"ours", meanwhile=b"theirs")
    assert path.read_bytes() == b"theirs"


def test_a_full_disk_is_told_with_the_cure(tmp_path):
    path = tmp_path / "a.bin"
    with pytest.raises(AtelierError, match=r"a\.bin: cannot be written \(no space left.*free space"):
        _fill(path, b"half", OSError(errno.ENOSPC, "No space left on device"))
    assert not list(tmp_path.iterdir())


def test_a_name_that_the_disk_cannot_hold_is_told_before_anything_is_written(tmp_path):
    path = tmp_path / f"{'a' * 300}.bin"
    for overwrite in (False, True):
        with pytest.raises(AtelierError, match=r"file name too long\); choose a shorter name"):
            check_writable(path, overwrite=overwrite)
    with pytest.raises(AtelierError, match="choose a shorter name"):
        _fill(tmp_path / ("b" * 300) / "a.bin", b"whole")
    assert not list(tmp_path.iterdir())


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(AtelierError, match="it is a folder"), atomic_write(tmp_path, overwrite=True):
        pass


def test_a_file_in_the_place_of_a_folder_is_told(tmp_path):
    (tmp_path / "a").write_bytes(b"")
    with pytest.raises(AtelierError, match="cannot be written"), atomic_write(tmp_path / "a" / "b", overwrite=True):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="links need a right of their own on Windows")
def test_a_link_stays_a_link(tmp_path):
    target, link = tmp_path / "a.bin", tmp_path / "link.bin"
    target.write_bytes(b"old")
    link.symlink_to(target)
    with atomic_write(link, overwrite=True) as temporary:
        temporary.write_bytes(b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
