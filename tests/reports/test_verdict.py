"""The verdict about a style: its levels, and what forbids a better one."""

from dataclasses import replace

import numpy as np
import pytest
from people_material import colors_of_people, photos_of_people
from portrait_atelier.core.estimation.color_set import ColorSet
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.learning.look.trust import trust_of
from portrait_atelier.core.reports.verdict import NAMES, share_of_the_way, verdict_of
from portrait_atelier.core.styles.style import Style

NEAR = {"expected": 1.5, "low": 1.0, "high": 2.2, "moved": 9.0}
MEASURED = {"score": 4.0, "instant": 6.0, "floor": 3.0, "ceiling": 13.0, "keep": 1.0, "step": 40}


def _style(num_photos: int = 25, settings: dict | None = None, **score: float | bool) -> Style:
    return Style("mine", "fixed", look=Look.identity(), num_photos=num_photos, score=score, settings=settings or {})


def _name(style: Style) -> str:
    verdict = verdict_of(style)
    assert verdict is not None
    return verdict.name


def test_a_style_that_no_photos_taught_has_no_verdict():
    assert verdict_of(_style()) is None
    assert verdict_of(_style(**MEASURED)) is None  # of an old version, without colors to measure


def test_the_farther_the_style_is_expected_to_lie_the_worse_the_verdict():
    names = [_name(_style(**{**NEAR, "expected": expected})) for expected in (1.0, 1.5, 2.6, 4.0, 6.0, 9.5)]
    assert [NAMES.index(name) for name in names] == sorted(NAMES.index(name) for name in names)
    assert names[0] == "closely"
    assert names[-1] == "unknown"


def test_what_counts_is_also_how_much_of_the_look_is_right():
    assert _name(_style(**{**NEAR, "moved": 2.0})) not in ("closely", "well")
    assert _name(_style(**{**NEAR, "moved": 1.5})) == "unknown"
    verdict = verdict_of(_style(**{**NEAR, "expected": 3.0}))
    assert verdict is not None
    assert verdict.share == pytest.approx(2 / 3)


def test_a_floor_above_the_ceiling_forbids_the_best_verdicts():
    measured = {**MEASURED, "floor": 5.0, "ceiling": 4.0, "score": 4.5, "instant": 4.5}
    unclear = _style(**NEAR, **measured)
    assert share_of_the_way(unclear) is None
    assert _name(unclear) == "fairly"
    verdict = verdict_of(unclear)
    assert verdict is not None
    assert "cannot confirm" in verdict.reasons[0]
    assert _name(_style(**NEAR, **MEASURED)) == "closely"


def test_what_was_stopped_before_the_first_step_is_not_the_best():
    stopped = {**MEASURED, "step": 0, "keep": 0.0}
    assert _name(_style(settings={"finished": False}, **NEAR, **stopped)) == "well"
    assert _name(_style(settings={"finished": True}, **NEAR, **stopped)) == "closely"
    assert _name(_style(settings={"finished": False}, **NEAR, **stopped, clear=True)) == "closely"
    assert _name(_style(settings={"finished": False}, **NEAR, **MEASURED)) == "closely"


@pytest.mark.parametrize(("num_photos", "best"), [(1, "roughly"), (2, "roughly"), (7, "fairly"), (8, "closely")])
def test_few_photos_forbid_the_best_verdicts(num_photos: int, best: str):
    assert _name(_style(num_photos, **NEAR)) == best


def test_a_mixed_folder_forbids_the_best_verdicts_and_says_so_as_the_check_of_the_photos_does():
    verdict = verdict_of(_style(**NEAR, mixed=True))
    assert verdict is not None
    assert verdict.name == "fairly"
    assert verdict.reasons[0].startswith("the photos do not look like one style")


def test_more_photos_are_advised_only_where_they_may_help():
    advised = [verdict_of(_style(count, **{**NEAR, "expected": 3.0})) for count in (12, 25)]
    assert [None if verdict is None else verdict.advice for verdict in advised] == [
        "25 photos would give a better idea of the style",
        None,
    ]
    assert [verdict.advice for verdict in (verdict_of(_style(12, **NEAR)),) if verdict is not None] == [None]


def test_an_instant_style_is_judged_when_it_is_made_and_mixtures_are_marked():
    photos = photos_of_people(10)
    style = style_from_proxies(photos, "mine", cover=False)
    assert {"expected", "low", "high", "moved"} <= set(style.score)
    assert style.score["low"] < style.score["expected"] < style.score["high"]
    assert "mixed" not in style.score
    gray = [Proxy(np.repeat(photo.pixels.mean(-1, keepdims=True), 3, -1), photo.weights) for photo in photos[:4]]
    mixed = style_from_proxies([*gray, *photos[4:]], "both", cover=False)
    assert mixed.score["mixed"] is True
    assert NAMES.index(_name(mixed)) >= NAMES.index("fairly")


def test_a_style_of_an_older_version_is_judged_by_its_colors():
    colors = colors_of_people(9)
    now = Style("dusk", "instant", photos=colors, num_photos=9, score={"expected": 3.0})
    verdict = verdict_of(now)
    assert verdict is not None
    assert verdict.expected == pytest.approx(trust_of(colors).expected, abs=0.006)
    plain = ColorSet(colors.colors, np.ones(9, np.float32))
    assert verdict_of(replace(now, photos=plain)) is None
