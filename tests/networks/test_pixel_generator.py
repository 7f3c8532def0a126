"""The pixel generator: shapes, start, statistics that are measured once, and how far a pixel sees."""

import pytest
import torch
from pixel_material import lively_generator, picture
from portrait_atelier.core.imaging.textures import NUM_TEXTURES
from portrait_atelier.core.networks.pixel_generator import NUM_TRAITS, RECEPTIVE_FIELD, ForwardContext, PixelGenerator


def _inputs(batch: int = 2, height: int = 32, width: int = 40):
    torch.manual_seed(3)
    content, textures = torch.rand(batch, 3, height, width), torch.rand(batch, NUM_TEXTURES, height, width) * 2 - 1
    return content, textures, torch.randn(batch, 64)


def test_it_is_small_enough_to_ship():
    assert 500_000 <= sum(values.numel() for values in PixelGenerator().parameters()) <= 1_000_000


def test_a_new_generator_leaves_the_photo_as_it_is():
    content, textures, code = _inputs()
    torch.testing.assert_close(PixelGenerator()(content, textures, code), content, rtol=0, atol=0)


def test_code_noise_and_delta_each_change_the_painting():
    generator = lively_generator()
    content, textures, code = _inputs()
    plain = generator(content, textures, code)
    assert plain.shape == content.shape
    for changed in (
        generator(content, textures, code.flip(1)),
        generator(content, textures, code, torch.randn_like(code)),
        generator(content, textures, code, delta=torch.full((generator.num_modulations,), 0.1)),
        generator(content, textures.flip(1), code),
    ):
        assert (changed - plain).abs().mean() > 0.005


def test_crops_of_one_photo_share_their_statistics():
    generator = lively_generator()
    content, textures, code = _inputs()
    code = code[:1].expand(2, -1)
    together = ForwardContext(generator.modulation(code), group_size=2)
    generator.paint(content, textures, together)
    alone = ForwardContext(generator.modulation(code))
    generator.paint(content, textures, alone)
    assert together.used[0].shape[0] == 1
    torch.testing.assert_close(together.used[0][0, 0], alone.used[0][:, 0].mean(0))


def test_statistics_count_a_pixel_by_its_weight():
    values = torch.tensor([[[[0.0, 0.0, 6.0, 6.0]] * 4]])
    weights = torch.tensor([[[[1.0, 1.0, 0.5, 0.5]] * 4]])
    found = ForwardContext(torch.zeros(1, 1), weights=weights).statistics(values)
    assert found[0, 0, 0] == pytest.approx(2.0)  # (2 * 0 + 1 * 6) / 3
    assert found[0, 1, 0] == pytest.approx((8.0 + 1e-3) ** 0.5)  # (2 * 4 + 1 * 16) / 3


def test_with_fixed_statistics_a_pixel_knows_nothing_beyond_the_receptive_field():
    generator = lively_generator()
    content, textures, code = _inputs(1, 160, 160)
    context = ForwardContext(generator.modulation(code))
    generator.paint(content, textures, context)
    fixed = tuple(context.used)
    for middle in range(78, 82):
        probe = content.clone().requires_grad_()
        painted = generator.paint(probe, textures, ForwardContext(generator.modulation(code), fixed=fixed))
        painted[0, :, middle, middle].sum().backward()
        assert probe.grad is not None
        seen = probe.grad[0].abs().sum(0).nonzero() - middle
        assert 20 < int(seen.abs().max()) <= RECEPTIVE_FIELD


def test_it_learns_to_invert_one_picture():
    torch.manual_seed(0)
    generator = PixelGenerator(width=16, half_width=8, full_width=8, num_blocks=1)
    _, textures, code = _inputs(1, 32, 32)
    content = torch.from_numpy(picture(32, 32)).movedim(-1, 0)[None]
    optimizer = torch.optim.Adam(generator.parameters(), 0.01)
    losses = []
    for _ in range(60):
        loss = (generator(content, textures, code) - (1 - content)).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.25 * losses[0]


@pytest.mark.parametrize(
    ("content", "textures", "code", "text"),
    [
        ((1, 3, 30, 32), (1, NUM_TEXTURES, 30, 32), (1, 64), "multiples of 4"),
        ((1, 3, 4, 32), (1, NUM_TEXTURES, 4, 32), (1, 64), "multiples of 4"),
        ((1, 3, 32, 32), (1, 2, 32, 32), (1, 64), "textures must be"),
        ((1, 3, 32, 32), (1, NUM_TEXTURES, 32, 32), (1, 63), r"code must be \(B, 64\)"),
        ((3, 3, 32, 32), (3, NUM_TEXTURES, 32, 32), (2, 64), "2 pictures"),
    ],
)
def test_wrong_shapes_are_named(content, textures, code, text):
    with pytest.raises(ValueError, match=text):
        PixelGenerator()(torch.zeros(content), torch.zeros(textures), torch.zeros(code))


def test_the_style_code_is_the_same_in_any_order_and_for_any_number_of_patches():
    generator = lively_generator()
    patches = torch.rand(5, 3, 48, 48)
    codes = generator.encode_style(patches, [3, 2])
    assert codes.shape == (2, 64)
    torch.testing.assert_close(generator.encode_style(patches[[2, 0, 1, 4, 3]], [3, 2]), codes)
    torch.testing.assert_close(codes.mean(1), torch.zeros(2), rtol=0, atol=1e-5)
    with pytest.raises(ValueError, match="add up to 5"):
        generator.encode_style(patches, [3, 3])


def test_what_is_usual_is_measured_once_and_codes_then_differ_between_painters():
    torch.manual_seed(0)
    generator = PixelGenerator()
    traits = torch.rand(50, NUM_TRAITS)
    traits[:, 3] = 0.7  # never varies, so it says nothing
    patches = torch.rand(6, 3, 32, 32)
    generator.measure_styles(traits, patches)
    codes = generator.design_style(traits)
    assert codes.shape == (50, 64)
    assert codes.var(0).mean() > 0.5
    changed = traits.clone()
    changed[:, 3] = 0.9
    torch.testing.assert_close(generator.design_style(changed), codes, rtol=0, atol=1e-4)
    standardized = generator.style_encoder.scaling(generator.statistics_of(patches))
    assert standardized.mean(0).abs().max() < 1e-2
    assert standardized.abs().max() <= 5
