"""The look generator."""

import pytest
import torch
from generator_material import NUM_EVIDENCE, C, D, moved, tiny_generator, tiny_inputs
from portrait_atelier.core.imaging.look import table_colors
from portrait_atelier.core.imaging.look_tensors import apply_look
from portrait_atelier.core.networks.generator import LookGenerator, LookResidual, num_parameters
from torch import Tensor


def test_it_starts_as_the_closed_form():
    residual = tiny_generator()(*tiny_inputs())
    assert residual.table.shape == (2, 17, 17, 17, 3)
    assert residual.grid.shape == (2, 16, 16, 8, 3, 4)
    assert residual.subject.shape == (2, 1, 16, 16)
    assert not residual.table.any()
    assert not residual.grid.any()


def test_it_overfits_one_pair():
    generator = tiny_generator(dropout=0.0)
    content, code, evidence, places, gray = tiny_inputs(1)
    ramp = torch.linspace(0.4, 0, 32)  # light that falls from left to right, and a warm cast
    answer = (content * torch.tensor([0.9, 0.8, 0.6])[:, None, None] + ramp * 0.3).clamp(0, 1)
    optimizer = torch.optim.Adam(generator.parameters(), 5e-3)
    losses = []
    for _ in range(120):
        residual = generator(content, code, evidence, places, gray)
        loss = (apply_look(content, residual.table, residual.grid) - answer).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.15 * losses[0]


def test_gains_scale_what_is_added_to_color_and_to_black_and_white_styles():
    generator, (content, code, evidence, places, _) = moved(tiny_generator()), tiny_inputs()
    inputs = content, code, evidence, places, torch.tensor([False, True])
    before = generator(*inputs)
    generator.gains.copy_(torch.tensor([0.5, 2.0]))
    after = generator(*inputs)
    for name in ("table", "grid"):
        for place, gain in ((0, 0.5), (1, 2.0)):
            torch.testing.assert_close(getattr(after, name)[place], gain * getattr(before, name)[place])
    assert torch.equal(before.subject, after.subject)


def test_the_same_inputs_give_the_same_look_and_noise_another():
    generator, inputs = moved(tiny_generator()), tiny_inputs()
    first, second = generator(*inputs), generator(*inputs)
    assert torch.equal(first.table, second.table)
    assert torch.equal(first.grid, second.grid)
    no_noise = generator(*inputs, z=torch.zeros(2, C))
    assert torch.equal(first.table, no_noise.table)
    assert not torch.allclose(first.table, generator(*inputs, z=torch.ones(2, C)).table)


def test_photos_of_a_batch_do_not_mix():
    generator, inputs = moved(tiny_generator()), tiny_inputs()
    together = generator(*inputs)
    alone = generator(*(value[:1] for value in inputs))
    for name in ("table", "grid", "subject"):
        assert torch.allclose(getattr(together, name)[:1], getattr(alone, name), atol=1e-6)


def test_black_and_white_stays_so():
    content, code, evidence, places, _ = tiny_inputs()
    residual = moved(tiny_generator())(content, code, evidence, places, torch.tensor([True, False]))
    grays = torch.rand(1, 1, 8, 8).expand(2, 3, 8, 8)
    spread = (lambda photos: (photos.amax(1) - photos.amin(1)).amax((1, 2)))(
        apply_look(grays, residual.table, residual.grid)
    )
    assert spread[0] < 1e-5
    assert spread[1] > 1e-3


def test_tables_are_smooth():
    table = moved(tiny_generator())(*tiny_inputs()).table
    curvature = (table[:, 2:] - 2 * table[:, 1:-1] + table[:, :-2]).abs().max()
    assert curvature < 0.2 * table.abs().max()
    assert table_colors().shape == table.shape[1:]


def test_evidence_far_out_says_no_more():
    generator = moved(tiny_generator())
    content, code, evidence, places, gray = tiny_inputs()
    far, further = (generator(content, code, evidence.sign() * size, places, gray).table for size in (10, 1000))
    assert torch.equal(far, further)


def test_content_of_any_size_and_shape_is_taken():
    generator, (_, code, evidence, places, gray) = moved(tiny_generator()), tiny_inputs()
    assert generator(torch.rand(2, 3, 256, 171), code, evidence, places, gray).grid.isfinite().all()


def test_it_is_small():
    assert num_parameters(LookGenerator(num_evidence=NUM_EVIDENCE)) < 600_000


def test_the_person_is_seen_in_the_content_alone():
    generator, (content, code, evidence, places, gray) = moved(tiny_generator()), tiny_inputs()
    first, second = (generator(content, value, evidence, places, gray).subject for value in (code, -code))
    assert torch.equal(first, second)
    assert not torch.equal(first, generator(content.flip(3), code, evidence, places, gray).subject)


def test_light_can_follow_the_person():
    generator, inputs = moved(tiny_generator()), tiny_inputs()
    before = generator(*inputs).grid
    assert generator.subject_head.bias is not None
    torch.nn.init.constant_(generator.subject_head.bias, 20.0)  # everything is the person
    assert not torch.allclose(before, generator(*inputs).grid, atol=1e-4)


def test_what_a_place_shows_changes_the_light_there_alone():
    generator, inputs = moved(tiny_generator()), list(tiny_inputs())
    before = generator(*inputs)
    inputs[3] = inputs[3].clone()
    inputs[3][:, :, 4, 4] += 3
    after = generator(*inputs)
    apart = (after.grid - before.grid).abs().amax((0, 3, 4, 5))
    assert apart[4, 4] > 1e-3
    far = torch.ones(16, 16, dtype=torch.bool)
    far[2:7, 2:7] = False  # two convolutions of 3 x 3 reach two cells
    assert apart[far].max() == 0
    assert torch.equal(before.table, after.table)


def test_half_precision_comes_back_as_floats():
    residual = LookResidual(*(torch.full((1,), value, dtype=torch.bfloat16) for value in (0.5, 1.0, 2.0))).float()
    assert {value.dtype for value in vars(residual).values()} == {torch.float32}
    assert (float(residual.table), float(residual.grid), float(residual.subject)) == (0.5, 1.0, 2.0)


def test_maps_of_the_content_are_enough():
    generator, (content, code, evidence, places, gray) = moved(tiny_generator()), tiny_inputs()
    whole = generator(content, code, evidence, places, gray)
    decoded = generator.decode(generator.encode_content(content), code, evidence, places, gray)
    assert torch.equal(whole.table, decoded.table)
    assert torch.equal(whole.grid, decoded.grid)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({0: torch.rand(2, 1, 32, 32)}, "content must be"),
        ({1: torch.rand(1, C)}, r"code must be \(2, 6\)"),
        ({2: torch.rand(2, D + 1)}, r"evidence must be \(2, 7\)"),
        ({3: torch.rand(2, 5, 16, 16)}, r"places must be \(2, 6, 16, 16\)"),
        ({4: torch.zeros(1, dtype=torch.bool)}, r"gray must be \(2,\)"),
    ],
)
def test_wrong_shapes_are_refused(changes: dict[int, Tensor], message: str):
    inputs = [changes.get(index, value) for index, value in enumerate(tiny_inputs())]
    with pytest.raises(ValueError, match=message):
        tiny_generator()(*inputs)


def test_the_content_must_come_down_to_the_grid():
    with pytest.raises(ValueError, match="content_widths must be 3 numbers, got 2"):
        tiny_generator(content_widths=(4, 4))
