"""The look generator."""

import pytest
import torch
from portrait_atelier.core.imaging.look import apply_look, table_colors
from portrait_atelier.core.networks.generator import LookGenerator, num_parameters
from torch import Tensor

D, C = 7, 6


def _tiny(**changes) -> LookGenerator:
    torch.manual_seed(0)
    sizes = {"num_evidence": D, "code_size": C, "hidden_size": 16, "content_widths": (4, 4, 4), "style_widths": (4, 4)}
    return LookGenerator(**{**sizes, **changes})


def _moved() -> LookGenerator:
    """A generator whose heads are no longer zero."""
    generator = _tiny().eval()
    for head in (generator.table_head, generator.grid_head):
        torch.nn.init.normal_(head.weight, std=0.1)
    return generator


def _inputs(count: int = 2) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    random = torch.Generator().manual_seed(1)
    content = torch.rand(count, 3, 32, 32, generator=random)
    code, evidence = (torch.randn(count, size, generator=random) for size in (C, D))
    return content, code, evidence, torch.zeros(count, dtype=torch.bool)


def test_it_starts_as_the_closed_form():
    table, grid = _tiny()(*_inputs())
    assert table.shape == (2, 17, 17, 17, 3)
    assert grid.shape == (2, 16, 16, 8, 3, 4)
    assert not table.any()
    assert not grid.any()


def test_it_overfits_one_pair():
    generator = _tiny(dropout=0.0)
    content, code, evidence, gray = _inputs(1)
    ramp = torch.linspace(0.4, 0, 32)  # light that falls from left to right, and a warm cast
    answer = (content * torch.tensor([0.9, 0.8, 0.6])[:, None, None] + ramp * 0.3).clamp(0, 1)
    optimizer = torch.optim.Adam(generator.parameters(), 5e-3)
    losses = []
    for _ in range(120):
        loss = (apply_look(content, *generator(content, code, evidence, gray)) - answer).abs().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.15 * losses[0]


def test_the_same_inputs_give_the_same_look_and_noise_another():
    generator, inputs = _moved(), _inputs()
    first, second = generator(*inputs), generator(*inputs)
    assert torch.equal(first[0], second[0])
    assert torch.equal(first[1], second[1])
    no_noise = generator(*inputs, z=torch.zeros(2, C))
    assert torch.equal(first[0], no_noise[0])
    assert not torch.allclose(first[0], generator(*inputs, z=torch.ones(2, C))[0])


def test_photos_of_a_batch_do_not_mix():
    generator, inputs = _moved(), _inputs()
    together = generator(*inputs)
    alone = generator(*(value[:1] for value in inputs))
    assert torch.allclose(together[0][:1], alone[0], atol=1e-6)
    assert torch.allclose(together[1][:1], alone[1], atol=1e-6)


def test_black_and_white_stays_so():
    content, code, evidence, _ = _inputs()
    table, grid = _moved()(content, code, evidence, torch.tensor([True, False]))
    grays = torch.rand(1, 1, 8, 8).expand(2, 3, 8, 8)
    spread = (lambda photos: (photos.amax(1) - photos.amin(1)).amax((1, 2)))(apply_look(grays, table, grid))
    assert spread[0] < 1e-5
    assert spread[1] > 1e-3


def test_tables_are_smooth():
    table, _ = _moved()(*_inputs())
    curvature = (table[:, 2:] - 2 * table[:, 1:-1] + table[:, :-2]).abs().max()
    assert curvature < 0.2 * table.abs().max()
    assert table_colors().shape == table.shape[1:]


def test_evidence_far_out_says_no_more():
    generator = _moved()
    content, code, evidence, gray = _inputs()
    far, further = (generator(content, code, evidence.sign() * size, gray)[0] for size in (10, 1000))
    assert torch.equal(far, further)


def test_content_of_any_size_and_shape_is_taken():
    generator, (_, code, evidence, gray) = _moved(), _inputs()
    assert generator(torch.rand(2, 3, 256, 171), code, evidence, gray)[1].isfinite().all()


def test_it_is_small():
    assert num_parameters(LookGenerator(num_evidence=386)) < 500_000


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({0: torch.rand(2, 1, 32, 32)}, "content must be"),
        ({1: torch.rand(1, C)}, r"code must be \(2, 6\)"),
        ({2: torch.rand(2, D + 1)}, r"evidence must be \(2, 7\)"),
        ({3: torch.zeros(1, dtype=torch.bool)}, r"gray must be \(2,\)"),
    ],
)
def test_wrong_shapes_are_refused(changes: dict[int, Tensor], message: str):
    inputs = [changes.get(index, value) for index, value in enumerate(_inputs())]
    with pytest.raises(ValueError, match=message):
        _tiny()(*inputs)


def test_the_content_must_come_down_to_the_grid():
    with pytest.raises(ValueError, match="content_widths must be 3 numbers, got 2"):
        _tiny(content_widths=(4, 4))
