import numpy as np
import pytest
from portrait_atelier.core.color.oklab import srgb_to_oklab
from portrait_atelier.core.imaging.rendering.look import table_colors
from portrait_atelier.core.pretraining.designed.tone_curve import ToneCurve, apply_tone_curve, expose, shape_tones

RAMP = np.linspace(0, 1, 513, dtype=np.float32)


def test_expose_by_hand():
    assert expose(np.array(0.5, np.float32), 1.0).item() == pytest.approx(2 * 0.5 / 1.5)
    assert expose(np.array([0.0, 1.0], np.float32), -2.0).tolist() == [0.0, 1.0]


def test_opposite_stops_undo_each_other():
    assert np.allclose(expose(expose(RAMP, 1.3), -1.3), RAMP, atol=1e-6)


def test_contrast_keeps_the_pivot_and_turns_about_it():
    tones = shape_tones(np.array([0.4, 0.39, 0.41], np.float32), ToneCurve(contrast=1.5, pivot=0.4))
    assert tones[0].item() == pytest.approx(0.4, abs=1e-6)
    assert (tones[2] - tones[1]).item() / 0.02 == pytest.approx(1.5, abs=0.01)


def test_shadows_and_highlights_by_hand():
    tones = shape_tones(np.array([0.2, 0.8], np.float32), ToneCurve(shadows=0.5, highlights=-0.5))
    shadow = 0.2 + 0.5 * 0.2 * 0.8**4
    shadow -= 0.5 * shadow**4 * (1 - shadow)
    assert tones[0].item() == pytest.approx(shadow, abs=1e-6)
    assert tones[1] < 0.8


@pytest.mark.parametrize("exposure", [-2.0, 0.0, 2.0])
@pytest.mark.parametrize("contrast", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("ends", [(-0.9, -2.0), (2.0, 0.9), (-0.9, 0.9), (2.0, -2.0)])
def test_every_curve_rises_from_black_to_white(exposure, contrast, ends):
    curve = ToneCurve(exposure=exposure, contrast=contrast, shadows=ends[0], highlights=ends[1])
    tones = shape_tones(RAMP, curve)
    assert (np.diff(tones) >= -1e-4).all()
    assert tones[0].item() == pytest.approx(0, abs=1e-6)
    assert tones[-1].item() == pytest.approx(1, abs=1e-3)


def test_black_and_white_are_where_they_are_put():
    printed = apply_tone_curve(np.array([[0.0] * 3, [1.0] * 3], np.float32), ToneCurve(black=0.1, white=0.9))
    assert printed[0].tolist() == pytest.approx([0.1] * 3, abs=1e-5)
    assert printed[1].tolist() == pytest.approx([0.9] * 3, abs=1e-5)


def test_curve_keeps_the_hue():
    colors = np.array([[0.80, 0.60, 0.50], [0.35, 0.22, 0.16], [0.2, 0.3, 0.5]], np.float32)
    before = srgb_to_oklab(colors)
    after = srgb_to_oklab(apply_tone_curve(colors, ToneCurve(exposure=-0.4, contrast=1.4)))
    hues = [np.rad2deg(np.arctan2(lab[:, 2], lab[:, 1])) for lab in (before, after)]
    assert np.allclose(hues[0], hues[1], atol=0.1)


def test_neutral_curve_returns_the_very_colors():
    colors = table_colors()
    assert np.array_equal(apply_tone_curve(colors, ToneCurve()), colors)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"contrast": 0.0}, "contrast must be"),
        ({"shadows": -1.0}, "shadows must be"),
        ({"black": 0.9, "white": 0.5}, "black < white"),
    ],
)
def test_impossible_curves_are_refused(values, text):
    with pytest.raises(ValueError, match=text):
        ToneCurve(**values)
