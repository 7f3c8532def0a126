"""Parts of a step of base training: the loss of the person's map, what stands in for a missing content."""

import math

import pytest
import torch
from base_material import made_up_people
from generator_material import NUM_EVIDENCE, moved, tiny_generator
from portrait_atelier.core.learning.base_cases import BaseBatch, CaseSettings, draw_batch
from portrait_atelier.core.learning.base_settings import BaseSettings
from portrait_atelier.core.learning.base_trainer import (
    BaseTrainer,
    grid_roughness,
    measure_typical_maps,
    render_batch,
    subject_loss,
)
from torch.autograd import gradcheck


@pytest.fixture(scope="module")
def batch() -> BaseBatch:
    people = made_up_people((20,), masks=True)
    return draw_batch(people, people.people.neutral(), [0], 2, CaseSettings(counts=(2,)))


def _cells(*values: int) -> torch.Tensor:
    """(1, 1, 1, W) uint8."""
    return torch.tensor(values, dtype=torch.uint8)[None, None, None]


def test_the_loss_of_the_person_by_hand():
    # Without an opinion log 2 each; with the odds 3 : 1 log(4/3) where right, log 4 where wrong.
    assert subject_loss(torch.zeros(1, 1, 1, 2), _cells(255, 0)).item() == pytest.approx(math.log(2))
    sure = torch.full((1, 1, 1, 2), math.log(3))
    assert subject_loss(sure, _cells(255, 0)).item() == pytest.approx((math.log(4 / 3) + math.log(4)) / 2)
    # Of a cell that belongs to the person by a fifth: 0.2 log(4/3) + 0.8 log 4
    half = torch.full((1, 1, 1, 1), math.log(3))
    assert subject_loss(half, _cells(51)).item() == pytest.approx(0.2 * math.log(4 / 3) + 0.8 * math.log(4))


def test_photos_of_which_nothing_is_known_teach_nothing():
    logits = torch.zeros(2, 1, 1, 2, requires_grad=True)
    loss = subject_loss(logits, torch.cat([_cells(255, 0), _cells(0, 0)]))
    assert loss.item() == pytest.approx(math.log(2) / 2)
    loss.backward()
    assert logits.grad is not None
    assert logits.grad[0].abs().min() > 0
    assert not logits.grad[1].any()
    assert subject_loss(torch.ones(1, 1, 1, 2), _cells(0, 0)).item() == 0


def test_gradients_of_the_loss_of_the_person():
    logits = torch.randn(2, 1, 2, 3, dtype=torch.float64).requires_grad_()
    subject = torch.randint(0, 256, (2, 1, 2, 3), dtype=torch.uint8)
    assert gradcheck(lambda values: subject_loss(values, subject), (logits,))


def test_typical_maps_are_the_mean_over_batches(batch: BaseBatch):
    generator = moved(tiny_generator())
    swapped = BaseBatch(**{**vars(batch), "content": 255 - batch.content})
    measure_typical_maps(generator, [batch, swapped], torch.device("cpu"))
    contents = torch.cat([batch.content, 255 - batch.content]).float() / 255
    with torch.no_grad():
        expected = generator.encode_content(contents).mean(0)
    torch.testing.assert_close(generator.typical_maps, expected)
    assert not generator.typical_maps.requires_grad


def test_roughness_by_hand():
    # Two cells a side, of one number: down 1 and 3, across 2 and 4; (1 + 9) / 2 + (4 + 16) / 2, times 2^2
    grid = torch.tensor([[0.0, 2.0], [1.0, 5.0]]).reshape(1, 2, 2, 1, 1, 1)
    assert grid_roughness(grid).item() == pytest.approx(4 * (5 + 10))


def test_a_step_tells_its_terms_and_learns_the_person(batch: BaseBatch):
    trainer = BaseTrainer(BaseSettings(learning_rate=2e-2, subject_weight=5.0), NUM_EVIDENCE)
    trainer.measure_evidence(batch.evidence)
    told = [trainer.train_step(batch) for _ in range(30)]
    assert {"distance", "g_lab", "g_pixel", "g_smooth", "g_subject"} <= set(told[0])
    assert told[-1]["g_subject"] < 0.8 * told[0]["g_subject"]
    rendered = render_batch(trainer.averaged.eval(), batch)
    assert rendered.photos.shape == batch.answer.shape
    assert rendered.residual.subject.shape == batch.subject.shape
