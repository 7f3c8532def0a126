"""Evidence of photos about their look, and what is told from it."""

import numpy as np
import pytest
from people_material import colors_of_people, portrait
from portrait_atelier.core.estimation.color_set import ColorSet, sample_colors
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning.look.evidence import NAMES, evidence_of, moved_by
from portrait_atelier.core.learning.look.trust import trust_of

WARM, BLUE = (1.0, 0.8, 0.5), (0.5, 0.75, 1.0)


def _evidence(photos: ColorSet) -> dict[str, float]:
    model = load_set_model()
    found = evidence_of(model, model.read_style(photos), photos)
    assert np.isfinite(found).all()
    return {**dict(zip(NAMES, np.exp(found), strict=False)), "moved by": moved_by(found)}


def _sitting(tints: list[tuple[float, float, float]]) -> ColorSet:
    """One person, lighter and darker, under tints."""
    rng = np.random.default_rng(0)
    lit = [portrait(0) * np.float32(rng.uniform(0.92, 1.08)) * np.array(tint, np.float32) for tint in tints]
    return sample_colors([Proxy.opaque(photo.clip(0, 1)) for photo in lit])


def test_a_folder_of_two_looks_shows_two_kinds_and_is_trusted_less():
    one, both = _sitting([WARM] * 12), _sitting([WARM] * 7 + [BLUE] * 5)
    plain, mixed = _evidence(one), _evidence(both)
    for name in ("halves", "kinds", "kinds_by_tone", "apart", "apart_by_tone"):
        assert mixed[name] > 2 * plain[name]
    assert trust_of(both).expected > 1.5 * trust_of(one).expected


def test_the_stronger_a_look_the_more_it_moves():
    weak, strong = (_evidence(colors_of_people(10, tint))["moved by"] for tint in ((1, 0.95, 0.9), (1, 0.6, 0.3)))
    assert strong > 1.5 * weak


@pytest.mark.parametrize("count", [1, 2, 3])
def test_very_few_photos_are_measured_too(count: int):
    trust = trust_of(colors_of_people(count, WARM))
    assert 0 < trust.low < trust.expected < trust.high


def test_a_part_with_all_photos_reads_as_the_whole():
    model, photos = load_set_model(), colors_of_people(6, WARM)
    reading = model.read_style(photos)
    again = model.read_part(reading, photos, np.arange(6))
    np.testing.assert_allclose(
        model.context(again, model.typical).color, model.context(reading, model.typical).color, atol=1e-5
    )
