"""Texts about a style and its score."""

from dataclasses import replace

import numpy as np
import pytest
from people_material import colors_of_people
from portrait_atelier.core.estimation.color_set import ColorSet
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.reports.words import score_lines, style_facts
from portrait_atelier.core.styles.style import Style, blend_styles


def _style(**score: float) -> Style:
    return Style("mine", "fixed", look=Look.identity(), num_photos=25, score=score)


def _lines(found: float, *, instant: float = 6.0, floor: float = 3.0, ceiling: float = 13.0, keep: float = 1.0):
    return score_lines(_style(score=found, instant=instant, floor=floor, ceiling=ceiling, keep=keep))


def test_a_style_that_was_not_measured_has_nothing_to_say():
    assert score_lines(_style()) == []
    assert score_lines(_style(score=4.0, floor=3.0)) == []


def test_the_verdict_comes_first_with_what_is_expected_and_why_it_is_no_better():
    trust = {"expected": 2.84, "low": 2.21, "high": 4.16, "moved": 8.03}
    told = score_lines(_style(**trust))
    assert told[0] == "how well it was learnt: well: small differences from the photographer's own finish"
    assert "expected to lie 2.8 from the photographer's own finish, 2.2 to 4.2" in told[1]
    assert "changes a photo by 8.0" in told[2]
    mixed = score_lines(_style(**trust, mixed=True))
    assert mixed[0] == "how well it was learnt: fairly: the look is there, with differences that can be seen"
    assert mixed[1] == (
        "  the photos do not look like one style, and this one lies between two; learn each kind by itself"
    )


def test_all_numbers_are_told():
    text = "\n".join(_lines(5.0))
    assert "other photos in this style lie 5.0 from the photographer's own; untouched they lie 13.0," in text
    assert "two halves of the photographer's own photos 3.0 from each other" in text


def test_what_training_gained_is_told():
    assert _lines(5.0, keep=0.75)[-1] == "  training brought it from 6.0 to 5.0; 75% of what was learnt is kept"


def test_that_nothing_is_kept_is_told():
    assert _lines(6.0, keep=0.0)[-1].endswith("the photos kept aside confirm; the style is its instant form (6.0)")


def test_a_clear_look_is_told():
    told = score_lines(_style(score=5.0, instant=5.0, floor=3.0, ceiling=13.0, keep=0.0, clear=True))
    assert told[-1] == (
        "  training has nothing to add that these photos would confirm; the style is its first look (5.0)"
    )


def test_the_bar_shows_where_it_lies():
    bar = _lines(5.0)[2]
    cells = bar[bar.index("[") + 1 : bar.index("]")]
    assert len(cells) == 48
    assert [cells.index(mark) for mark in "F*U"] == [round(part * 47) for part in (3 / 13, 5 / 13, 1)]
    assert "13.0" in bar


@pytest.mark.parametrize("value", [0.0, 3.0])
def test_nothing_is_divided_by_nothing(value: float):
    lines = _lines(value, instant=value, floor=value, ceiling=value, keep=0.0)
    assert len(lines) == 4
    assert not any("nan" in line or "inf " in line for line in lines)


def _fixed(name: str, **known) -> Style:
    return Style(name, "fixed", look=Look.identity(), **known)


def test_what_is_known_is_said_in_order_and_the_rest_left_out():
    facts = style_facts(_fixed("dusk", description="cool shadows", num_photos=1))
    assert list(facts)[:4] == ["style", "kind", "", "learnt from"]
    assert facts[""] == "cool shadows"
    assert facts["learnt from"] == "1 photo"
    assert not {"licence", "created", "mixed from"} & set(facts)


def test_a_blend_names_its_parts():
    facts = style_facts(blend_styles(_fixed("dusk", num_photos=2), _fixed("dawn", num_photos=3), 0.25, "between"))
    assert facts["mixed from"] == "75% dusk, 25% dawn"
    assert facts["learnt from"] == "5 photos"


def test_a_style_of_an_older_version_says_how_it_is_renewed():
    colors = colors_of_people(2)
    now = Style("dusk", "instant", photos=colors)
    before = Style("dusk", "instant", photos=ColorSet(colors.colors, np.ones(2, np.float32)))
    assert "learnt anew" in style_facts(before)["to renew"]
    assert "to renew" not in style_facts(now)


def test_a_style_with_a_table_of_the_ground_says_so():
    identity = Look.identity()
    apart = Style("apart", "fixed", look=replace(identity, ground=identity.table + np.float32(0.1)))
    assert "treated apart" in style_facts(apart).values()
    assert "treated apart" not in style_facts(Style("one", "fixed", look=identity)).values()
