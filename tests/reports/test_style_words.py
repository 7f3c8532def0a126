"""Facts of a style as text."""

import numpy as np
from people_material import colors_of_people
from portrait_atelier.core.estimation.color_set import ColorSet
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.reports.style_words import style_facts
from portrait_atelier.core.styles.style import Style, blend_styles


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
