"""What is said of a style."""

from portrait_atelier.core.imaging.look import Look
from portrait_atelier.core.learning.style_words import style_facts
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
