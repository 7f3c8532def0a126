"""What comes in through the browser: photos laid out, zips checked."""

import errno
import zipfile

import pytest
from photo_files import save, smooth
from portrait_atelier.panel.uploads import (
    UploadError,
    UploadLimits,
    gather_photos,
    in_use,
    new_upload,
    plain_name,
    remove_earlier,
    stray_names,
)


def _zip(path, entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_photos_and_zips_are_laid_out_in_one_folder_without_replacing_each_other(tmp_path):
    photo = save(tmp_path / "a.png", smooth())
    archive = _zip(tmp_path / "more.zip", {"deep/a.png": photo.read_bytes(), "b.jpg": b"x", "notes.txt": "no"})
    found = gather_photos([photo, archive], tmp_path / "out")
    assert sorted(path.name for path in found) == ["2-a.png", "a.png", "b.jpg"]
    assert all(path.parent == tmp_path / "out" for path in found)


def test_paths_in_a_zip_lead_nowhere_else(tmp_path):
    archive = _zip(tmp_path / "evil.zip", {"../../evil.jpg": b"x", "/etc/evil.png": b"y", "..\\..\\w.jpg": b"z"})
    found = gather_photos([archive], tmp_path / "deep" / "out")
    assert sorted(path.name for path in found) == ["evil.jpg", "evil.png", "w.jpg"]
    assert not (tmp_path / "evil.jpg").exists()
    assert {path.parent for path in found} == {tmp_path / "deep" / "out"}


def test_hidden_entries_thumbnails_of_macos_and_links_are_passed_over(tmp_path):
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
        archive.writestr("__MACOSX/._a.jpg", b"x")
        archive.writestr(".hidden.jpg", b"x")
        archive.writestr("a.jpg", b"x")
    assert [path.name for path in gather_photos([tmp_path / "z.zip"], tmp_path / "out")] == ["a.jpg"]


def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path):
    archive = _zip(tmp_path / "bomb.zip", {"bomb.jpg": b"\0" * 3_000_000})
    with pytest.raises(UploadError, match=r"bomb\.zip: bomb\.jpg: unpacks to 3 MB \(no photo does\)"):
        gather_photos([archive], tmp_path / "out")


def test_a_locked_zip_is_refused(tmp_path):
    archive = _zip(tmp_path / "locked.zip", {"a.jpg": b"x" * 100})
    data = bytearray(archive.read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + place] |= 1
    archive.write_bytes(bytes(data))
    with pytest.raises(UploadError, match="locked by a password"):
        gather_photos([archive], tmp_path / "out")


def test_a_zip_compressed_in_a_way_that_python_lacks_is_refused(tmp_path):
    archive = _zip(tmp_path / "odd.zip", {"a.jpg": b"x" * 100})
    data = bytearray(archive.read_bytes())
    for mark, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(mark) + place] = 97
    archive.write_bytes(bytes(data))
    with pytest.raises(UploadError, match=r"odd\.zip: is no zip that can be opened \(.*compression"):
        gather_photos([archive], tmp_path / "out")


def test_limits_of_number_and_size(tmp_path):
    archive = _zip(tmp_path / "many.zip", {f"{number}.jpg": bytes(range(200)) for number in range(4)})
    with pytest.raises(UploadError, match="more than 3 photos"):
        gather_photos([archive], tmp_path / "out", UploadLimits(num_photos=3))
    with pytest.raises(UploadError, match="holds 4 files"):
        gather_photos([archive], tmp_path / "out", UploadLimits(num_entries=3))
    with pytest.raises(UploadError, match="too much"):
        gather_photos([archive], tmp_path / "out", UploadLimits(total_bytes=500))


@pytest.mark.parametrize("name", ["large.jpg", "large.zip"])
def test_a_file_larger_than_a_browser_may_send_is_refused(tmp_path, name):
    file = tmp_path / name
    file.write_bytes(bytes(3_000_000))
    with pytest.raises(
        UploadError, match=r"large\.\w+: is too large \(3 MB, the limit is 2 MB\); save the photo smaller"
    ):
        gather_photos([file], tmp_path / "out", UploadLimits(file_bytes=2_000_000))
    assert not (tmp_path / "out").exists()


def test_a_photo_may_be_as_large_in_a_zip_as_alone(tmp_path):
    limits = UploadLimits(file_bytes=2000)
    fits, large = (_zip(tmp_path / f"{size}.zip", {"a.jpg": bytes(size)}) for size in (2000, 2001))
    assert [path.stat().st_size for path in gather_photos([fits], tmp_path / "out", limits)] == [2000]
    with pytest.raises(UploadError, match=r"a\.jpg: unpacks to"):
        gather_photos([large], tmp_path / "out", limits)


@pytest.mark.parametrize(
    ("names", "text"),
    [(["a.txt"], r"no photos \(a\.txt is none\)"), ([], "no photos; drop"), (["a.cr2"], "only RAW files")],
)
def test_nothing_to_learn_from_is_said(tmp_path, names, text):
    files = [tmp_path / name for name in names]
    for file in files:
        file.write_bytes(b"x")
    with pytest.raises(UploadError, match=text):
        gather_photos(files, tmp_path / "out")


def test_strays_are_what_is_neither_photo_nor_raw_nor_zip(tmp_path):
    names = ["a.JPG", "b.cr2", "c.zip", ".DS_Store", "d.xmp", "film.mp4", "e"]
    assert stray_names(tmp_path / name for name in names) == [".DS_Store", "d.xmp", "film.mp4", "e"]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("../a.jpg", "_a.jpg"),
        ("a\0b.png", "ab.png"),
        ("x" * 300 + ".jpg", "x" * 150 + ".jpg"),
        ("写" * 90 + ".jpg", "写" * 50 + ".jpg"),
    ],
)
def test_names_are_made_plain(name, plain):
    assert plain_name(name) == plain


def test_of_an_upload_that_is_refused_nothing_stays(tmp_path):
    archive = _zip(tmp_path / "a.zip", {"a.jpg": b"x", "b.jpg": b"y"})
    with pytest.raises(UploadError, match="too many"):
        gather_photos([archive], tmp_path / "out", UploadLimits(num_photos=1))
    assert not (tmp_path / "out").exists()


def test_a_full_disk_is_told_as_that(tmp_path, monkeypatch):
    def full(*_where: object, **_how: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    archive, photo = _zip(tmp_path / "a.zip", {"a.jpg": b"x"}), tmp_path / "b.jpg"
    photo.write_bytes(b"y")
    for name in ("link", "open"):
        monkeypatch.setattr(f"portrait_atelier.panel.uploads.{'os.link' if name == 'link' else 'Path.open'}", full)
    monkeypatch.setattr("portrait_atelier.panel.uploads.shutil.copy2", full)
    for file in (archive, photo):
        with pytest.raises(UploadError, match=rf"{file.name}: cannot be written \(no space left.*is the disk full"):
            gather_photos([file], tmp_path / "out")


def test_an_earlier_upload_stays_as_long_as_it_is_used(tmp_path):
    photo = tmp_path / "a.jpg"
    photo.write_bytes(b"x")
    first, second, other, third = (new_upload(tmp_path, kind) for kind in ("try", "try", "photos", "try"))
    for upload in (first, second, other):
        gather_photos([photo], upload)
    with in_use(first):
        remove_earlier(second)
        assert first.exists()
    gather_photos([photo], third)
    remove_earlier(third)
    assert sorted(path for path in tmp_path.iterdir() if path.is_dir()) == sorted([other, third])
    assert not list(tmp_path.glob(".*"))
