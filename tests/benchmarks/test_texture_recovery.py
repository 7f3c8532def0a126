"""The table of texture recovery: what is found beside what is true, and gains by tone where they differ."""

import numpy as np
import pytest
from portrait_atelier.benchmarks.texture_recovery import Case, cases, row_of, tone_cases
from portrait_atelier.core.imaging.rendering.texture import Detail, Texture

SKIN, OTHERS = 5, 6  # columns


def detail_by_tone(black: float, middle: float, white: float) -> Texture:
    gains = np.ones((4, 2, 3), np.float32)
    gains[0, 0] = black, middle, white
    return Texture(Detail(gains))


def test_gains_by_tone_are_told_at_the_tones_of_skin():
    row = row_of(Case("soft highlights", "golden-hour", detail_by_tone(0.8, 1.0, 0.5)), 25, None)
    assert row[SKIN] == "- (0.90 1.00 1.00 1.00; 1.00 1.00 1.00 1.00; 0.75 1.00 1.00 1.00)"
    assert row[OTHERS] == "-"


def test_gains_for_all_tones_alike_are_told_once():
    found, truth = detail_by_tone(0.56, 0.56, 0.56), Texture(Detail.of(skin=(0.6, 1, 1, 1), other=(1, 1.2, 1, 1)))
    row = row_of(Case("soft skin", "faded-print", truth), 8, found)
    assert row[SKIN] == "0.56 1.00 1.00 1.00 (0.60 1.00 1.00 1.00)"
    assert row[OTHERS] == "- (1.00 1.20 1.00 1.00)"


def test_a_false_alarm_is_seen():
    assert row_of(Case("none", "high-key", None), 8, detail_by_tone(1, 1, 0.5))[SKIN].endswith("0.75 1.00 1.00 1.00")


@pytest.mark.parametrize("case", tone_cases(), ids=lambda case: case.name)
def test_cases_by_tone_differ_by_tone_on_skin_alone(case: Case):
    assert case.texture is not None
    assert case.texture.detail is not None
    gains = case.texture.detail.gains
    assert (gains[:3, 0] != gains[:3, 0, :1]).any(1).all()
    assert (gains[:, 1] == 1).all()


def test_cases_of_the_sheet_are_alike_for_all_tones():
    details = [case.texture.detail for case in cases() if case.texture is not None]
    assert len(details) == 12
    assert all((part.gains == part.gains[..., :1]).all() for part in details if part is not None)
