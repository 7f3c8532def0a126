"""Styles with texture: stored, applied, varied, blended and told of."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.texture import Detail, Glow, Grain, Texture
from portrait_atelier.core.pretraining.designed.ready import READY_RECIPES
from portrait_atelier.core.reports.words import style_facts
from portrait_atelier.core.styles import fitting
from portrait_atelier.core.styles.applying import apply_style
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.library import find_style
from portrait_atelier.core.styles.style import Style, blend_styles
from portrait_atelier.core.styles.style_file import load_style, save_style, style_hash
from portrait_atelier.core.styles.texture_words import texture_words
from scenes import portrait

GRAIN = Grain(np.full(5, 0.03, np.float32), 1 / 2500)
TEXTURE = Texture(
    Detail.of(skin=(0.7, 0.8, 1, 1), other=(1, 1, 1, 1)), (Glow(0.9, 0.01, 0.2, np.ones(3, np.float32)),), GRAIN
)


@pytest.fixture
def style() -> Style:
    return Style(name="film", kind="fixed", look=Look.identity(), texture=TEXTURE)


def _format_of(path: Path) -> int:
    payload = path.read_bytes()
    header = json.loads(payload[8 : 8 + int.from_bytes(payload[:8], "little")])
    return json.loads(header["__metadata__"]["portrait_atelier"])["format"]


def test_a_texture_is_stored_and_versions_that_do_not_know_it_are_told(tmp_path: Path, style: Style):
    found = load_style(save_style(style, tmp_path / "film.safetensors"))
    assert style_hash(found) == style_hash(style)
    assert found.texture is not None
    assert found.texture.tensors().keys() == {"detail", "glow", "grain"}
    assert _format_of(tmp_path / "film.safetensors") == 2
    plain = save_style(replace(style, texture=None), tmp_path / "plain.safetensors")
    assert _format_of(plain) == 1  # version 0.3 reads it
    assert style_hash(load_style(plain)) != style_hash(style)


def test_photos_get_it_and_another_variation_has_other_grain(style: Style):
    photo = Photo(pixels=portrait(1))
    first, second = (apply_style(photo, style, Controls(variation=seed)).pixels for seed in (0, 5))
    assert (first != photo.pixels).mean() > 0.9
    assert np.abs(first - second).std() > 0.005
    np.testing.assert_array_equal(first, apply_style(photo, style).pixels)


def test_each_frame_has_grain_of_its_own(style: Style):
    photo = Photo(pixels=portrait(1))
    grainy = replace(style, texture=Texture(grain=GRAIN))
    frames = [apply_style(photo, grainy, frame=number).pixels for number in range(3)]
    np.testing.assert_array_equal(frames[0], apply_style(photo, grainy).pixels)
    for first, second in ((0, 1), (1, 2)):
        assert np.abs(frames[first] - frames[second]).std() > 0.002


def test_the_region_network_is_asked_for_skin_only_where_skin_is_treated_otherwise(style: Style, monkeypatch):
    asked = []
    monkeypatch.setattr(fitting, "predict_regions", lambda pixels: asked.append(1) or np.ones((5, 8, 8), np.float32))
    photo = Photo(pixels=portrait(1))
    apply_style(photo, replace(style, texture=Texture(grain=GRAIN)))
    assert asked == []
    apply_style(photo, style)
    assert asked == [1]


def test_a_blend_has_the_textures_of_its_parts(tmp_path: Path, style: Style):
    other = Style(name="plain", kind="fixed", look=Look.identity())
    blend = blend_styles(style, other, 0.5, "half")
    look = load_style(save_style(blend, tmp_path / "half.safetensors")).look_for(None)
    assert look.texture is not None
    assert look.texture.grain is not None
    np.testing.assert_allclose(look.texture.grain.strength, GRAIN.strength / 2, atol=1e-6)
    assert _format_of(tmp_path / "half.safetensors") == 2


def test_it_is_said_what_a_texture_does(style: Style):
    assert texture_words([TEXTURE]) == "soft skin, bloom, fine grain"
    red = Glow(0.9, 0.01, 0.2, np.array([1, 0.2, 0.1], np.float32))
    crisp = Detail.of(skin=(1.4, 1.2, 1, 1), other=(1.4, 1.2, 1, 1))
    coarse = Texture(crisp, (red,), replace(GRAIN, size=1 / 1000))
    assert texture_words([coarse, coarse]) == "crisp skin, crisp surroundings, halation, coarse grain"
    faint = Glow(0.8, 0.03, 0.06, np.array([1, 0.9, 0.7], np.float32))
    dark = replace(GRAIN, strength=np.array([0.03, 0.03, 0.02, 0.01, 0.01], np.float32))
    assert texture_words([Texture(None, (faint,), dark)]) == "faint warm bloom, fine grain in the shadows"
    assert style_facts(style)["texture"] == "soft skin, bloom, fine grain"
    assert "texture" not in style_facts(replace(style, texture=None))


def by_tone(*skin: float) -> Texture:
    """Gains of the fine bands of skin at luma 0, 0.5 and 1."""
    gains = np.ones((4, 2, 3), np.float32)
    gains[:2, 0] = skin
    return Texture(Detail(gains))


def test_tones_that_are_treated_apart_are_named():
    assert texture_words([by_tone(1, 1, 0.6)]) == "soft skin in the highlights"
    assert texture_words([by_tone(1, 1.5, 1)]) == "crisp skin in the midtones"
    assert texture_words([by_tone(0.7, 1, 1.4)]) == "soft skin in the shadows, crisp skin in the highlights"
    assert texture_words([by_tone(0.6, 0.65, 0.62)]) == "soft skin"
    assert texture_words([by_tone(0.5, 0.7, 0.7)]) == "soft skin"  # everywhere, if not to the same extent
    assert texture_words([by_tone(0.96, 1, 1.02)]) == ""


def test_what_a_color_table_leaves_out_is_said(atelier, tmp_path: Path):
    code, out, _ = atelier("export", "cool-cinema", "-o", tmp_path / "cinema.cube")
    assert code == 0
    assert "texture (faint bloom, halation, fine grain): " in out
    assert "left out, too" not in atelier("export", "low-key", "-o", tmp_path / "key.cube")[1]


def test_the_ready_styles_have_the_texture_of_their_recipes():
    textured = [ready for ready in READY_RECIPES if ready.texture is not None]
    assert len(textured) >= 5
    for ready in textured:
        stored = load_style(find_style(ready.name).path).texture
        assert stored is not None
        assert ready.texture is not None
        for name, values in ready.texture.tensors().items():
            np.testing.assert_allclose(stored.tensors()[name], values, rtol=1e-6)
