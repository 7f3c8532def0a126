"""`atelier apply`: where each photo goes, decided before anything is written."""

from pathlib import Path

import numpy as np
import pytest
from people_material import colors_of_people, portrait
from PIL import Image
from portrait_atelier.core.batch.planning import plan
from portrait_atelier.core.batch.request import BatchRequest
from portrait_atelier.core.estimation.color_set import ColorSet
from portrait_atelier.core.imaging.rendering import texture_cpu
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import save_style


def _request(*photos: str, output: str | None = None, **more) -> BatchRequest:
    where = None if output is None else Path(output)
    return BatchRequest(tuple(map(Path, photos)), where, Controls(), **more)


def test_without_an_output_the_result_lies_beside_the_photo():
    tasks = plan(_request("a/one.tif", "b/two.heic"), "mine").tasks
    assert [task.output for task in tasks] == [Path("a/one.mine.tif"), Path("b/two.mine.jpg")]


def test_a_style_of_an_older_version_is_applied_and_says_how_it_is_renewed(atelier, tmp_path: Path):
    photos = colors_of_people(3)
    old = Style("old", "instant", num_photos=3, photos=ColorSet(photos.colors, photos.weights))
    save_style(old, tmp_path / "old.safetensors")
    Image.fromarray((portrait(1) * 255).astype("uint8")).save(tmp_path / "me.png")
    code, out, err = atelier("apply", "me.png", "-s", "old.safetensors")
    assert (code, out.strip()) == (0, "me.old.png")
    assert "note: old: learnt by an older version" in err.replace("\n", " ")


def test_what_even_did_is_said(atelier, tmp_path: Path):
    dark = (portrait(1) * 0.35 * 255).astype("uint8")
    Image.fromarray(dark).save(tmp_path / "me.png")
    code, out, err = atelier("apply", "me.png", "-s", "golden-hour", "--even")
    assert (code, out.strip()) == (0, "me.golden-hour.png")
    assert "note: me.png: evened first: +" in err.replace("\n", " ")
    assert "stops" in err


def test_a_photo_unlike_those_of_the_style_is_named_in_one_line(atelier, tmp_path: Path):
    photos = colors_of_people(12)
    save_style(Style("mine", "instant", num_photos=12, photos=photos), tmp_path / "mine.safetensors")
    stripes = np.zeros((96, 72, 3), np.uint8)
    stripes[::2], stripes[1::2] = (0, 255, 20), (230, 0, 255)
    Image.fromarray(stripes).save(tmp_path / "stripes.png")
    code, _, err = atelier("apply", "stripes.png", "-s", "mine.safetensors")
    assert code == 0
    assert err.count("note:") == 1
    assert "stripes.png: this photo is unlike the photos" in err.replace("\n", " ")


def test_a_region_and_grain_of_the_style_are_chosen(atelier, tmp_path: Path):
    Image.fromarray((portrait(1) * 255).astype("uint8")).save(tmp_path / "me.png")
    for name, options in (("ground", ("--region", "ground")), ("plain", ("--grain", 0)), ("own", ())):
        assert atelier("apply", "me.png", "-s", "silver-gelatin", "-o", f"{name}.png", *options)[0] == 0
    ground, plain, own = (np.asarray(Image.open(tmp_path / f"{name}.png")) for name in ("ground", "plain", "own"))
    assert (plain != own).mean() > 0.5
    assert (ground != own).mean() > 0.1
    code, _, err = atelier("apply", "me.png", "-s", "silver-gelatin", "--region", "hat")
    assert code == 2
    assert "region must be one of" in err


@pytest.mark.parametrize("is_compiled", [False, True])
def test_compiling_the_renderer_of_texture_is_told(
    atelier, tmp_path: Path, is_compiled: bool, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(texture_cpu, "has_compiled_kernels", lambda: is_compiled)
    Image.fromarray((portrait(1) * 255).astype("uint8")).save(tmp_path / "me.png")
    for style, has_texture in (("faded-print", True), ("low-key", False)):
        code, _, err = atelier("apply", "me.png", "-s", style, "--overwrite")
        assert code == 0
        assert ("is compiled, once on this computer" in err.replace("\n", " ")) == (has_texture and not is_compiled)
