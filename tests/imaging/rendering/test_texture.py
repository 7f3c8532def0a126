"""The parameters of textures: checked, stored, mixed."""

import numpy as np
import pytest
from portrait_atelier.core.imaging.rendering.texture import Detail, Glow, Grain, Texture, mix_textures

WHITE = np.ones(3, np.float32)
SOFT = Detail.of(skin=(0.5, 0.6, 1, 1), other=(1, 1, 1, 1.2))
BLOOM = Glow(0.8, 0.03, 0.4, WHITE)
GRAIN = Grain(np.array([0.01, 0.02, 0.03, 0.02, 0.01], np.float32), 1 / 2000, 0.3, 0.2)
FULL = Texture(SOFT, (BLOOM, Glow(0.9, 0.005, 0.2, np.array([1, 0.3, 0.1], np.float32))), GRAIN, seed=7)


def test_a_texture_comes_back_from_its_tensors():
    found = Texture.from_tensors(FULL.tensors())
    for name, values in FULL.tensors().items():
        np.testing.assert_array_equal(found.tensors()[name], values)
    assert found.seed == 0  # drawn by whoever applies the style
    assert Texture.from_tensors({}).is_empty


def test_what_changes_nothing_is_empty():
    neutral = Detail.of(skin=(1, 1, 1, 1), other=(1, 1, 1, 1))
    none = Grain(np.zeros(5, np.float32), 1 / 2000)
    assert Texture(neutral, (Glow(0.8, 0.03, 0.0, WHITE),), none).is_empty
    assert not FULL.is_empty
    assert (SOFT.knows_skin, FULL.needs_skin, Texture(neutral).needs_skin) == (True, True, False)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Detail(np.full((4, 2, 3), 2.5, np.float32)), "gains must be 0.5 to 2"),
        (lambda: Detail(np.ones((4, 2), np.float32)), "gains must be a float32 array"),
        (lambda: Detail(np.full((4, 2, 3), np.nan, np.float32)), "gains must be 0.5 to 2"),
        (lambda: Glow(1.5, 0.1, 0.1, WHITE), "threshold must be 0 to 1, got 1.5"),
        (lambda: Glow(0.5, 0.5, 0.1, WHITE), "radius must be 0 to 0.125"),
        (lambda: Glow(0.5, 0.1, float("nan"), WHITE), "amount must be 0 to 1, got nan"),
        (lambda: Grain(np.full(5, 0.5, np.float32), 1 / 2000), "strength must be 0 to 0.25"),
        (lambda: Grain(np.zeros(5, np.float32), 1 / 10), "size must be 5e-05 to 0.01"),
        (lambda: Texture.from_tensors({"glow": np.zeros((1, 5), np.float32)}), r"glow must be \(N, 6\)"),
        (lambda: Texture.from_tensors({"glow": np.zeros((65, 6), np.float32)}), "at most 64 glows, got 65"),
        (lambda: Texture.from_tensors({"grain": np.zeros(7, np.float32)}), "grain must be a float32 array"),
    ],
)
def test_what_cannot_be_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_mixed_textures_lie_between():
    mixed = mix_textures([(0.5, FULL), (0.5, None)])
    assert mixed is not None
    assert mixed.detail is not None
    assert mixed.grain is not None
    np.testing.assert_allclose(mixed.detail.gains, 1 + (SOFT.gains - 1) / 2, atol=1e-6)
    np.testing.assert_allclose(mixed.grain.strength, GRAIN.strength / 2, atol=1e-6)
    assert mixed.grain.size == pytest.approx(GRAIN.size)
    assert [glow.amount for glow in mixed.glows] == pytest.approx([0.2, 0.1])
    coarse = Texture(grain=Grain(GRAIN.strength * 3, 1 / 1000))
    both = mix_textures([(0.5, FULL), (0.5, coarse)])
    assert both is not None
    assert both.grain is not None
    assert both.grain.size == pytest.approx(0.25 / 2000 + 0.75 / 1000)  # by strength
    assert mix_textures([(0.4, None), (0.6, None)]) is None
