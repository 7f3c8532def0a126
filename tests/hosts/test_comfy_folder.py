"""Photos of a folder as a list: upright, in their colors, in parts, under their names, inside the real ComfyUI."""

from __future__ import annotations

import re
from pathlib import Path

import comfy_host
import cv2
import numpy as np
import pytest
import torch
from comfy_calls import applied, atelier_error, load_style
from icc_profiles import adobe_rgb
from photo_files import exif_block, save, smooth

pytestmark = [pytest.mark.comfyui, pytest.mark.usefixtures("comfy_pack")]


@pytest.fixture
def folder(comfy_pack, request: pytest.FixtureRequest) -> Path:
    """A new folder below ComfyUI's input folder, named as the test."""
    import folder_paths

    path = Path(folder_paths.get_input_directory()) / request.node.name
    path.mkdir(parents=True)
    return path


def _load(nodes: dict, folder: Path | str, part: int = 1, photos_per_run: int = 20):
    name = folder.name if isinstance(folder, Path) else folder
    return nodes["AtelierLoadPhotos"].execute(folder=name, part=part, photos_per_run=photos_per_run)


def test_photos_come_upright_in_their_colors_each_at_its_size(nodes: dict, folder: Path):
    pixels = smooth(60, 90)
    save(folder / "plain.png", pixels)
    save(folder / "turned.jpg", pixels, quality=100, exif=b"Exif\0\0" + exif_block(6))
    save(folder / "wide.png", pixels, icc_profile=adobe_rgb())
    cv2.imwrite(str(folder / "deep.tif"), np.full((40, 30, 3), 32768, np.uint16))
    images, names = _load(nodes, folder).result
    found = dict(zip(names, images, strict=True))
    plain, turned, wide, deep = (found[f"{folder.name}/{name}"] for name in ("plain", "turned", "wide", "deep"))
    assert torch.equal(plain, torch.from_numpy(pixels / np.float32(255))[None])
    assert turned.shape == (1, 90, 60, 3)
    assert abs(turned[0].numpy() - np.rot90(pixels, -1) / 255).mean() < 0.02
    assert abs(wide - plain).mean() > 0.01  # the same numbers are other colors in another profile
    read = comfy_host.part("core.imaging.files.reading").read_photo(folder / "wide.png")
    expected = comfy_host.part("core.imaging.color_management").to_srgb(read.pixels, read.profile)
    assert abs(wide[0].numpy() - expected.clip(0, 1)).max() < 1e-6
    assert deep.unique().tolist() == pytest.approx([32768 / 65535], abs=1e-6)
    styled = applied(nodes, plain, 1.0, 0, style=load_style(nodes))[0]
    assert styled.shape == plain.shape


def test_alpha_is_kept_and_gray_becomes_color(nodes: dict, folder: Path):
    pixels = np.dstack([smooth(), np.full((24, 36), 128, np.uint8)])
    save(folder / "cut-out.png", pixels)
    save(folder / "gray.png", pixels[..., 0])
    cut_out, gray = _load(nodes, folder)[0]
    assert cut_out[0, ..., 3].unique().tolist() == pytest.approx([128 / 255])
    assert gray.shape == (1, 24, 36, 3)


def test_parts_hold_every_photo_once_with_its_folder_in_the_name(nodes: dict, folder: Path):
    (folder / "day two").mkdir()
    for name in ("a", "b", "c", "day two/d", "day two/e.f"):
        save(folder / f"{name}.png", smooth())
    parts = [_load(nodes, folder, part, 2) for part in (1, 2, 3)]
    assert [len(part[0]) for part in parts] == [2, 2, 1]
    names = [name for part in parts for name in part[1]]
    assert names == [f"{folder.name}/{name}" for name in ("a", "b", "c", "day two/d", "day two/e.f")]
    assert parts[1].ui.as_dict()["text"] == ("part 2 of 3: photos 3 to 4 of 5",)
    with pytest.raises(atelier_error("PhotoError"), match=re.escape("has no part 4; its last part is 3")):
        _load(nodes, folder, 4, 2)


def test_what_cannot_be_read_is_left_out_and_told(nodes: dict, folder: Path):
    save(folder / "good.png", smooth())
    (folder / "torn.jpg").write_bytes((folder / "good.png").read_bytes()[:200])
    output = _load(nodes, folder)
    assert output[1] == [f"{folder.name}/good"]
    told = output.ui.as_dict()["text"][0].splitlines()
    assert told[0] == "2 photos"
    assert told[1].startswith("left out: ")
    assert "torn.jpg" in told[1]
    (folder / "good.png").unlink()
    with pytest.raises(atelier_error("PhotoError"), match=r"torn\.jpg"):
        _load(nodes, folder)


def test_it_stops_before_memory_is_full(nodes: dict, folder: Path, monkeypatch: pytest.MonkeyPatch):
    import comfy.model_management

    for number in range(6):
        save(folder / f"{number}.png", smooth(100, 100))
    one, spare = 100 * 100 * 3 * 4, 1 << 30
    left = [spare + 5 * one - number * one for number in range(6)]  # two photos, their results, and one more
    monkeypatch.setattr(comfy.model_management, "get_free_memory", lambda device: left.pop(0))
    with pytest.raises(atelier_error("PhotoError"), match="3 of these photos fill the memory .* photos_per_run to 1"):
        _load(nodes, folder)
    monkeypatch.setattr(comfy.model_management, "get_free_memory", lambda device: spare + 20 * one)
    assert len(_load(nodes, folder)[0]) == 6


def test_a_folder_that_is_missing_empty_or_not_chosen_is_told(nodes: dict, folder: Path):
    validate = nodes["AtelierLoadPhotos"].validate_inputs
    assert validate(folder=folder.name) is True
    assert "upload photos into a new one" in validate(folder="(none)")
    assert "no such folder; make it" in validate(folder="to-be-made")
    assert "lies outside of ComfyUI's input folder" in validate(folder="../output")
    with pytest.raises(atelier_error("PhotoError"), match="no photos in it"):
        _load(nodes, folder)


def test_it_runs_again_only_when_the_photos_changed(nodes: dict, folder: Path):
    ask = nodes["AtelierLoadPhotos"].fingerprint_inputs
    save(folder / "1.png", smooth())
    before = ask(folder=folder.name, part=1, photos_per_run=20)
    assert ask(folder=folder.name, part=1, photos_per_run=20) == before
    save(folder / "2.png", smooth())
    assert ask(folder=folder.name, part=1, photos_per_run=20) != before
