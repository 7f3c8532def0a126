import json
import shutil
from dataclasses import asdict

import numpy as np
import pytest
from PIL import Image
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.photos.folder import FolderSettings, read_photo_folder
from scenes import portrait, save, scene


def kinds(folder) -> dict[str, str]:
    return {finding.path.name: finding.kind for finding in folder.findings}


def text_of(folder, name: str) -> str:
    return next(finding.text for finding in folder.findings if finding.path.name == name)


def test_a_clean_folder_gives_all_its_photos_in_order_and_no_findings(tmp_path):
    for name in ("b.png", "a.png", "sub/c.png"):
        save(portrait(ord(name[-5])), tmp_path / name)
    folder = read_photo_folder(tmp_path)
    assert [photo.path for photo in folder.photos] == [tmp_path / "a.png", tmp_path / "b.png", tmp_path / "sub/c.png"]
    assert (folder.findings, folder.warnings, folder.groups) == ((), (), ())
    np.testing.assert_allclose(folder.photos[0].proxy.pixels, portrait(ord("a")), atol=1 / 500)


def test_the_proxies_are_those_of_the_photos(tmp_path):
    for seed in range(3):
        save(portrait(seed), tmp_path / f"{seed}.png")
    folder = read_photo_folder(tmp_path)
    assert len(folder.proxies) == 3
    for photo, proxy in zip(folder.photos, folder.proxies, strict=True):
        np.testing.assert_array_equal(photo.proxy.pixels, proxy.pixels)


def test_one_photo_is_a_folder_of_one(tmp_path):
    path = save(portrait(1), tmp_path / "only.png")
    assert [photo.path for photo in read_photo_folder(path).photos] == [path]
    assert [photo.path for photo in read_photo_folder(tmp_path).photos] == [path]


def test_unreadable_photos_are_reported_and_left_out(tmp_path):
    save(portrait(1), tmp_path / "good.png")
    (tmp_path / "empty.jpg").write_bytes(b"")
    (tmp_path / "text.png").write_text("not a photo")
    whole = save(portrait(2), tmp_path / "cut.png")
    whole.write_bytes(whole.read_bytes()[:2000])
    folder = read_photo_folder(tmp_path)
    assert [photo.path.name for photo in folder.photos] == ["good.png"]
    assert kinds(folder) == {"cut.png": "unreadable", "empty.jpg": "unreadable", "text.png": "unreadable"}
    assert not text_of(folder, "empty.jpg").startswith(str(tmp_path))


def test_photos_too_small_are_reported_with_their_size(tmp_path):
    save(portrait(1), tmp_path / "good.png")
    save(scene(2, height=120, width=160), tmp_path / "thumb.png")
    folder = read_photo_folder(tmp_path)
    assert kinds(folder) == {"thumb.png": "too small"}
    assert text_of(folder, "thumb.png") == "160 x 120 pixels (at least 200 are needed on the longer side); left out"


def test_copies_are_reported_with_the_photo_they_repeat(tmp_path):
    first = save(portrait(1), tmp_path / "a.png")
    save(portrait(2), tmp_path / "b.png")
    shutil.copy(first, tmp_path / "c_file.png")
    save(portrait(1), tmp_path / "d_pixels.png", compress_level=1)
    Image.open(first).save(tmp_path / "e_jpeg.jpg", quality=50)
    Image.open(first).resize((700, 700)).save(tmp_path / "f_large.png")
    folder = read_photo_folder(tmp_path)
    assert [photo.path.name for photo in folder.photos] == ["a.png", "b.png"]
    assert kinds(folder) == {
        "c_file.png": "duplicate",
        "d_pixels.png": "duplicate",
        "e_jpeg.jpg": "near-duplicate",
        "f_large.png": "near-duplicate",
    }
    assert text_of(folder, "c_file.png") == "the same file as a.png; left out"
    assert text_of(folder, "d_pixels.png") == "the same pixels as a.png; left out"
    assert text_of(folder, "e_jpeg.jpg") == "nearly the same picture as a.png; left out"


def test_repeats_can_be_kept(tmp_path):
    first = save(portrait(1), tmp_path / "a.png")
    shutil.copy(first, tmp_path / "b.png")
    folder = read_photo_folder(tmp_path, settings=FolderSettings(leave_out_repeats=False))
    assert len(folder.photos) == 2


def test_borders_of_scans_are_cut_and_the_amount_is_said(tmp_path):
    scan = np.pad(scene(1, height=400, width=400), ((50, 50), (50, 50), (0, 0)), constant_values=0.03)
    save(scan, tmp_path / "scan.png")
    folder = read_photo_folder(tmp_path)
    photo = folder.photos[0]
    assert kinds(folder) == {"scan.png": "cropped"}
    assert text_of(folder, "scan.png") == "border of the scan left out (top 10%, left 10%, bottom 10%, right 10%)"
    assert photo.proxy.pixels.shape == photo.crop.apply(np.zeros((256, 256, 3))).shape
    assert 370 <= photo.crop.apply(scan).shape[0] <= 400


def test_borders_can_be_kept(tmp_path):
    scan = np.pad(scene(1, height=200, width=200), ((28, 28), (28, 28), (0, 0)), constant_values=0.03)
    save(scan, tmp_path / "scan.png")
    folder = read_photo_folder(tmp_path, settings=FolderSettings(crop_borders=False))
    assert folder.photos[0].crop.is_whole
    assert folder.findings == ()


def test_black_and_white_among_color_is_warned_of_with_both_groups(tmp_path):
    for seed in range(3):
        save(portrait(seed), tmp_path / f"color{seed}.png")
    save(np.repeat(portrait(9).mean(-1, keepdims=True), 3, axis=-1), tmp_path / "gray.png")
    folder = read_photo_folder(tmp_path)
    assert [group.name for group in folder.groups] == ["color", "black-and-white"]
    assert folder.groups[1].paths == (tmp_path / "gray.png",)
    assert len(folder.photos) == 4
    assert "black-and-white and color photos are mixed" in folder.warnings[0]
    assert "gray.png" in folder.warnings[0]


def test_raw_files_are_warned_of(tmp_path):
    save(portrait(1), tmp_path / "a.png")
    (tmp_path / "b.CR3").write_bytes(b"raw")
    assert "1 RAW file was not read; export finished photos" in read_photo_folder(tmp_path).warnings[0]


def test_progress_counts_every_photo_once(tmp_path):
    for seed in range(5):
        save(portrait(seed), tmp_path / f"{seed}.png")
    (tmp_path / "broken.jpg").write_bytes(b"?")
    calls: list[tuple[int, int]] = []
    read_photo_folder(tmp_path, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(done, 6) for done in range(1, 7)]


def test_the_result_does_not_depend_on_the_number_of_threads(tmp_path):
    for seed in range(6):
        save(portrait(seed), tmp_path / f"{seed}.png")
    save(portrait(3) ** 0.9, tmp_path / "again.png")
    one, four = (read_photo_folder(tmp_path, settings=FolderSettings(num_threads=count)) for count in (1, 4))
    assert one.findings == four.findings
    assert one.photos == four.photos


def test_settings_go_into_json():
    settings = asdict(FolderSettings())
    assert json.loads(json.dumps(settings)) == settings
    assert settings["similarity"]["least_detail"] == 0.85


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"min_size": 0}, "min_size must be 1 to 256, got 0"),
        ({"min_size": 300}, "min_size must be 1 to 256, got 300"),
        ({"num_threads": 0}, "num_threads must be at least 1, got 0"),
    ],
)
def test_settings_are_checked(wrong, message):
    with pytest.raises(ValueError, match=message):
        FolderSettings(**wrong)


def test_an_empty_folder_names_the_cure(tmp_path):
    with pytest.raises(
        LearningError, match=r"no photos in it \(JPEG, PNG, TIFF, WebP, at any depth\); name the folder"
    ):
        read_photo_folder(tmp_path)


def test_a_folder_of_raw_files_names_the_cure(tmp_path):
    (tmp_path / "a.NEF").write_bytes(b"raw")
    with pytest.raises(
        LearningError, match=r"only RAW files in it \(not finished photos\); export them as 16-bit TIFF"
    ):
        read_photo_folder(tmp_path)


def test_a_folder_where_all_are_left_out_names_numbers_the_first_and_the_cure(tmp_path):
    save(scene(2, height=50, width=60), tmp_path / "tiny.png")
    (tmp_path / "broken.jpg").write_bytes(b"?")
    message = r"no photo in it can be used \(1 unreadable, 1 too small; the first: broken.jpg: .*export them again.*"
    with pytest.raises(LearningError, match=message):
        read_photo_folder(tmp_path)


def test_one_photo_that_cannot_be_used_is_named_once(tmp_path):
    path = save(scene(2, height=50, width=60), tmp_path / "tiny.png")
    with pytest.raises(LearningError, match=r"tiny.png: 60 x 50 pixels \(at least 200"):
        read_photo_folder(path)


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(LearningError, match="no such folder"):
        read_photo_folder(tmp_path / "nowhere")
