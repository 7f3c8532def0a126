"""What helps to judge a restyled photo: numbers known beforehand, words that follow them."""

import numpy as np
import pytest
from portrait_atelier.core.color.lab import lab_to_srgb
from portrait_atelier.panel.judging import judge, judge_card
from portrait_atelier.panel.words import Words

EVERYWHERE = np.ones((4, 4), bool)


def _plain(lab: tuple[float, float, float]) -> np.ndarray:
    """A picture of one color."""
    color = np.rint(lab_to_srgb(np.array(lab)) * 255).astype(np.uint8)
    return np.tile(color, (32, 32, 1))


def test_skin_is_the_mean_color_where_there_is_skin():
    picture = np.concatenate([_plain((65, 15, 20)), _plain((30, -10, -30))], 1)
    skin = np.zeros((8, 16), bool)
    skin[:, :7] = True
    assert judge(picture, skin).skin == pytest.approx((65, 15, 20), abs=0.6)
    assert judge(picture, None).skin is None


def test_clipped_pixels_are_counted():
    picture = np.full((10, 10, 3), 128, np.uint8)
    picture[0] = (255, 200, 200)  # one channel is enough
    picture[1:4] = (0, 40, 40)
    found = judge(picture, None)
    assert (found.light, found.dark) == (0.1, 0.3)


def test_a_histogram_is_of_each_channel():
    picture = np.zeros((8, 8, 3), np.uint8)
    picture[..., 0], picture[..., 1], picture[:4, :, 2], picture[4:, :, 2] = 40, 80, 120, 160
    counts = judge(picture, None).counts
    assert counts.shape == (3, 64)
    assert (counts[0, 10], counts[1, 20], counts[2, 30], counts[2, 40]) == (1, 1, 0.5, 0.5)
    assert counts.sum() == 3


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ((67, 15, 20), "<p>slightly lighter</p>"),
        ((70, 15, 20), "<p>lighter</p>"),
        ((55, 15, 20), "<p>much darker</p>"),
        ((65, 10, 24), "<p>slightly more colorful, yellower</p>"),
        ((65, 21, 14), "much redder"),
        ((65, 22, 29), "<p>much more colorful</p>"),
        ((65, 11, 14), "<p>less colorful</p>"),
        ((65, 0, 0), "<p>without color</p>"),
        ((65, 15, 20), "<p>as before</p>"),
    ],
)
def test_the_card_says_what_became_of_skin(after: tuple[float, float, float], said: str):
    card = judge_card(judge(_plain((65, 15, 20)), EVERYWHERE), judge(_plain(after), EVERYWHERE), Words("en"))
    assert said in card
    assert "L* 65 a* 15 b* 20 h 53°" in card
    assert "L* how light, 0 to 100" in card  # behind a "?"
    assert 'role="img"' in card


def test_the_card_warns_of_tones_that_the_style_clips():
    gray, white = np.full((8, 8, 3), 128, np.uint8), np.full((8, 8, 3), 255, np.uint8)
    assert "class=pa-clipped>100,0\u00a0%" in judge_card(judge(gray, None), judge(white, None), Words("de"))
    assert "pa-clipped" not in judge_card(judge(white, None), judge(white, None), Words("de"))
    assert "Keine Haut zu sehen" in judge_card(judge(gray, None), judge(gray, None), Words("de"))
