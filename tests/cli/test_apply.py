"""`atelier apply`: where each photo goes, decided before anything is written."""

from pathlib import Path

import pytest
from people_material import colors_of_people, portrait
from PIL import Image
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.estimation.color_set import ColorSet
from portrait_atelier.core.scripting.files import FileRequest, plan_outputs
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import save_style


def _request(*photos: str, output: str | None = None, **more) -> FileRequest:
    where = None if output is None else Path(output)
    return FileRequest(tuple(map(Path, photos)), where, Controls(), **more)


def test_without_an_output_the_result_lies_beside_the_photo():
    assert plan_outputs(_request("a/one.tif", "b/two.heic"), "mine") == [Path("a/one.mine.tif"), Path("b/two.mine.jpg")]


def test_an_output_without_the_suffix_of_a_picture_is_a_folder():
    assert plan_outputs(_request("a/one.tif", output="out.v2"), "mine") == [Path("out.v2/one.tif")]


def test_two_comparisons_with_one_name_are_refused_with_the_names_of_both():
    plan_outputs(_request("a.jpg", "a.png", output="out"), "mine")
    with pytest.raises(AtelierError, match=r"a.compare.jpg: two photos would get this name \(a.jpg, a.png\)"):
        plan_outputs(_request("a.jpg", "a.png", output="out", compare=True), "mine")


def test_the_mask_is_never_replaced():
    with pytest.raises(AtelierError, match="m.png: would replace the mask"):
        plan_outputs(_request("a.jpg", output="m.png", mask=Path("m.png"), overwrite=True), "mine")


def test_a_style_of_an_older_version_is_applied_and_says_how_it_is_renewed(atelier, tmp_path: Path):
    photos = colors_of_people(3)
    old = Style("old", "instant", num_photos=3, photos=ColorSet(photos.colors, photos.weights))
    save_style(old, tmp_path / "old.safetensors")
    Image.fromarray((portrait(1) * 255).astype("uint8")).save(tmp_path / "me.png")
    code, out, err = atelier("apply", "me.png", "-s", "old.safetensors")
    assert (code, out.strip()) == (0, "me.old.png")
    assert "note: old: learnt by an older version" in err.replace("\n", " ")
