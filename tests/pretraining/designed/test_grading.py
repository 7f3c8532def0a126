import math

import numpy as np
import pytest
from portrait_atelier.core.color.oklab import srgb_to_oklab
from portrait_atelier.core.imaging.rendering.look import table_colors
from portrait_atelier.core.pretraining.designed.grading import (
    ORTHOCHROMATIC,
    SKIN_HUE,
    YELLOW_FILTER,
    HueBand,
    Saturation,
    SplitTone,
    Tint,
    add_tints,
    balance_white,
    grade_band,
    grade_lab,
    mix_channels,
    saturate,
    skin_weight,
    to_black_and_white,
    tone_weights,
)


def lab_of(lightness: float, chroma: float, hue: float) -> np.ndarray:
    angle = math.radians(hue)
    return np.array([[lightness, chroma * math.cos(angle), chroma * math.sin(angle)]], np.float32)


def chroma_of(lab: np.ndarray) -> float:
    return float(np.linalg.norm(lab[0, 1:]))


def test_warmth_moves_middle_tones_and_leaves_black_and_white():
    black, gray, white = balance_white(np.array([[0.0] * 3, [0.5] * 3, [1.0] * 3], np.float32), 0.4, 0.0)
    assert black.tolist() == pytest.approx([0] * 3, abs=1e-6)
    assert white.tolist() == pytest.approx([1] * 3, abs=1e-6)
    assert gray[0] > gray[1] > gray[2]


def test_tint_moves_green_against_magenta():
    gray = balance_white(np.full((1, 3), 0.5, np.float32), 0.0, 0.3)[0]
    assert gray[1] < gray[0]
    assert gray[0].item() == pytest.approx(gray[2].item(), abs=1e-6)


def test_mixer_can_exchange_channels():
    mixed = mix_channels(np.array([0.2, 0.5, 0.7], np.float32), ((0, 0, 1), (0, 1, 0), (1, 0, 0)))
    assert mixed.tolist() == pytest.approx([0.7, 0.5, 0.2], abs=1e-5)


def test_black_and_white_weighs_linear_light():
    gray = to_black_and_white(np.array([1.0, 0.0, 0.0], np.float32), (2.0, 1.0, 1.0))
    assert gray.tolist() == pytest.approx([0.7354] * 3, abs=1e-4)  # half the light, sRGB-encoded


def test_emulsions_see_lips_differently():
    lips = np.array([0.70, 0.35, 0.33], np.float32)
    assert to_black_and_white(lips, ORTHOCHROMATIC)[0] < to_black_and_white(lips, YELLOW_FILTER)[0] - 0.05


def test_saturation_zero_is_gray_and_overall_multiplies():
    lab = lab_of(0.6, 0.1, 50)
    assert chroma_of(saturate(lab, Saturation(overall=0))) == pytest.approx(0, abs=1e-7)
    assert chroma_of(saturate(lab, Saturation(overall=0.5))) == pytest.approx(0.05, abs=1e-6)


def test_saturation_levels_off_toward_pure_colors():
    faint, pure = (chroma_of(saturate(lab_of(0.6, c, 50), Saturation(overall=2))) / c for c in (0.001, 0.33))
    assert faint == pytest.approx(2, abs=0.01)
    assert pure == pytest.approx(1, abs=0.01)


def test_saturation_by_tone_reaches_only_its_tones():
    shadows = Saturation(shadows=0)
    assert chroma_of(saturate(lab_of(1.0, 0.1, 50), shadows)) == pytest.approx(0.1, abs=1e-6)
    assert chroma_of(saturate(lab_of(0.0, 0.1, 50), shadows)) == pytest.approx(0, abs=1e-6)


def test_band_turns_its_hue_and_spares_others():
    band = HueBand(250, 50, turn=-20, saturation=0.5)
    turned = grade_band(lab_of(0.5, 0.1, 250), band)
    assert math.degrees(math.atan2(turned[0, 2], turned[0, 1])) % 360 == pytest.approx(230, abs=0.1)
    assert chroma_of(turned) == pytest.approx(0.05, abs=1e-5)
    skin = lab_of(0.5, 0.1, SKIN_HUE)
    assert np.allclose(grade_band(skin, band), skin, atol=1e-6)


def test_band_lightness_does_not_move_grays():
    gray = lab_of(0.5, 0.0, 0)
    assert np.array_equal(grade_band(gray, HueBand(0, 180, lightness=1.0))[0, 0], gray[0, 0])
    assert grade_band(lab_of(0.5, 0.1, 0), HueBand(0, lightness=1.0))[0, 0] > 0.55


def test_tints_reach_their_tones_and_spare_pure_black_and_white():
    tints = SplitTone(shadows=Tint(270, 0.04), highlights=Tint(90, 0.04))
    black, dark, light, white = (add_tints(lab_of(v, 0, 0), tints)[0, 2].item() for v in (0.0, 0.2, 0.85, 1.0))
    assert black == white == 0
    assert dark < -0.02
    assert light > 0.02


def test_tone_weights_are_shares():
    weights = tone_weights(np.array([0.0, 0.5, 1.0], np.float32))
    assert weights.tolist() == [[1, 0, 0], [0.25, 0.5, 0.25], [0, 0, 1]]


def test_skin_is_told_from_blue_and_gray():
    colors = np.array([[0.85, 0.65, 0.55], [0.40, 0.25, 0.18], [0.3, 0.4, 0.7], [0.5, 0.5, 0.5]], np.float32)
    weights = skin_weight(srgb_to_oklab(colors))[:, 0]
    assert (weights[:2] > 0.8).all()
    assert (weights[2:] < 0.01).all()


def test_skin_kept_in_full_keeps_its_color():
    skin = np.array([[0.80, 0.58, 0.46]], np.float32)
    tints = SplitTone(midtones=Tint(200, 0.05))
    free, kept = (grade_lab(skin, Saturation(), (), tints, amount) for amount in (0.0, 1.0))
    assert np.abs(free - skin).max() > 0.03
    assert np.abs(kept - skin).max() < 0.02


def test_grading_stays_in_gamut_and_is_vectorized():
    colors = table_colors()
    graded = grade_lab(colors, Saturation(overall=1.8), (HueBand(30, turn=20),), SplitTone(midtones=Tint(30, 0.1)), 0.0)
    assert graded.min() >= 0
    assert graded.max() <= 1
    assert np.allclose(
        graded[5, 6], grade_lab(colors[5, 6], Saturation(overall=1.8), (HueBand(30, turn=20),),
                                SplitTone(midtones=Tint(30, 0.1)), 0.0), atol=1e-6
    )  # fmt: skip
