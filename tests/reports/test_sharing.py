"""A style as a zip: what is in it, in whose words, and no photo that nobody asked for."""

import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from photo_files import exif_block
from PIL import Image
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.languages import translate
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.reports.sharing import write_share_zip
from portrait_atelier.core.styles.style_file import load_style, style_hash
from scenes import portrait


def _picture(zipped: zipfile.ZipFile, name: str) -> Image.Image:
    return Image.open(io.BytesIO(zipped.read(name)))


def test_it_holds_style_table_pictures_and_a_text(tmp_path: Path):
    style = resolve_style("golden-hour")
    told = write_share_zip(style, tmp_path / "a.zip")
    with zipfile.ZipFile(tmp_path / "a.zip") as zipped:
        names = {name.removeprefix("golden-hour/") for name in zipped.namelist()}
        assert names == {
            "golden-hour.safetensors",
            "golden-hour.cube",
            "before.jpg",
            "after.jpg",
            "before-and-after.jpg",
            "about.txt",
        }
        zipped.extractall(tmp_path)
        before, after = (np.asarray(_picture(zipped, f"golden-hour/{name}.jpg"), float) for name in ("before", "after"))
    assert style_hash(load_style(tmp_path / "golden-hour/golden-hour.safetensors")) == style_hash(style)
    assert before.shape == after.shape == (512, 512, 3)
    assert np.abs(before - after).mean() > 3
    text = (tmp_path / "golden-hour/about.txt").read_text(encoding="utf-8")
    assert "differs from the style itself by mean dE00" in text
    assert "NASA's portrait of Eileen Collins" in text
    assert "content hash: " in text
    assert all(line in text for line in told)
    assert not any("dE" in line for line in told)
    plain, _, exact = text.partition("For who wants to know exactly")
    assert plain.startswith("style: golden-hour")
    assert not re.search(r"dE|hash|=", plain)
    assert "content hash: " in exact


def test_photos_are_in_it_only_if_given_small_and_without_metadata(tmp_path: Path):
    pixels = (portrait(0) * 255).astype(np.uint8)
    for number in range(2):
        image = Image.fromarray(pixels).resize((2000, 1500))
        image.save(tmp_path / f"{number}.jpg", exif=b"Exif\0\0" + exif_block(1))
    (tmp_path / "broken.jpg").write_text("no picture")
    seen: list[tuple[int, int]] = []
    write_share_zip(
        resolve_style("golden-hour"),
        tmp_path / "a.zip",
        shown=Photo(pixels),
        photos=[tmp_path / "0.jpg", tmp_path / "broken.jpg", tmp_path / "1.jpg"],
        say=lambda text: translate(text, "de"),
        progress=lambda done, total: seen.append((done, total)),
    )
    with zipfile.ZipFile(tmp_path / "a.zip") as zipped:
        photos = [name for name in zipped.namelist() if "/photos/" in name]
        assert len(photos) == 2
        picture = _picture(zipped, photos[0])
        assert max(picture.size) == 1600
        assert not picture.getexif()
        shown = np.asarray(_picture(zipped, "golden-hour/before.jpg"), float)
        text = zipped.read("golden-hour/about.txt").decode()
    assert np.abs(shown - pixels).mean() < 3
    assert "2 der Fotos" in text
    assert "das Foto, das Sie gewählt haben" in text
    assert seen == [(1, 3), (3, 3)]


def test_a_zip_that_cannot_be_finished_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("portrait_atelier.core.reports.sharing.write_cube", broken)
    with pytest.raises(KeyboardInterrupt):
        write_share_zip(resolve_style("golden-hour"), tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []
