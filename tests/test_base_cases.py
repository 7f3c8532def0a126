"""Cases for the base model."""

from dataclasses import fields

import numpy as np
import pytest
import torch
from base_material import made_up_people
from portrait_atelier.core.learning import base_cases
from portrait_atelier.core.learning.base_cases import BaseBatch, CaseSettings, draw_batch
from portrait_atelier.core.learning.base_people import BasePeople
from portrait_atelier.core.learning.base_trainer import lab_distance, render_start

NO_CHANGE = {"bias_chance": 0.0, "jitter_chance": 0.0, "light_chance": 0.0}


@pytest.fixture(scope="module")
def people() -> BasePeople:
    return made_up_people()


def _batch(people: BasePeople, seed: int = 0, num_sets: int = 2, **changes) -> BaseBatch:
    settings = CaseSettings(**{"counts": (1, 3), **changes})
    return draw_batch(people, people.people.neutral(), [seed], num_sets, settings)


def test_shapes(people: BasePeople):
    batch = _batch(people, num_sets=3)
    assert batch.style.shape == (int(batch.counts.sum()), 3, 64, 64)
    assert batch.content.shape == (6, 3, 128, 128)
    assert batch.answer.shape == (6, 3, 64, 64)
    assert batch.start.shape == (6, 17, 17, 17, 3)
    assert batch.owner.tolist() == [0, 0, 1, 1, 2, 2]
    assert len(batch.evidence) == len(batch.gray) == 6


def test_the_same_seed_draws_the_same(people: BasePeople):
    first, second, other = (_batch(people, seed) for seed in (0, 0, 1))
    for field in fields(BaseBatch):
        assert torch.equal(getattr(first, field.name), getattr(second, field.name))
    assert not torch.equal(first.content, other.content)


def test_the_encoder_sees_at_most_so_many_photos(people: BasePeople):
    batch = _batch(people, counts=(6,), most_encoded=2)
    assert batch.counts.tolist() == [2, 2]


def test_one_look_makes_answer_and_style(people: BasePeople):
    batch = _batch(people, num_sets=4, gray_chance=1.0, **NO_CHANGE)
    spread = batch.answer.amax(1).int() - batch.answer.amin(1).int()
    chroma = spread.flatten(1).float().mean(1)
    style_spread = (batch.style.amax(1).int() - batch.style.amin(1).int()).float().mean((1, 2))
    assert torch.equal(batch.gray, chroma < 6)
    assert style_spread.max() < 30


def test_light_is_in_the_answer(people: BasePeople):
    plain, lit = (_batch(people, 5, **{**NO_CHANGE, "light_chance": chance}) for chance in (0.0, 1.0))
    assert not torch.equal(plain.answer, lit.answer)


def test_the_closed_form_is_nearer_than_nothing(people: BasePeople):
    batch = _batch(people, num_sets=16, counts=(8,), **NO_CHANGE)
    answer = batch.answer.float() / 255
    untouched = batch.content[:, :, ::2, ::2].float() / 255
    assert lab_distance(render_start(batch), answer).mean() < lab_distance(untouched, answer).mean()


def test_a_prior_of_other_people_is_taken_whole(people: BasePeople):
    neutral = made_up_people((12,)).people.neutral()
    batch = draw_batch(people, neutral, [0], 1, CaseSettings(counts=(2,), own_prior=False))
    assert np.isfinite(batch.evidence.numpy()).all()


@pytest.fixture(scope="module")
def masked() -> BasePeople:
    return made_up_people(masks=True)


def test_cells_of_the_person_are_told(masked: BasePeople):
    batch = _batch(masked, num_sets=4)
    assert batch.subject.shape == (8, 1, 16, 16)
    assert batch.subject.dtype == torch.uint8
    known = batch.subject.amax((1, 2, 3)) > 0
    assert known.any()
    assert (batch.subject[known].amax((1, 2, 3)) > 250).all()
    assert (batch.subject[known, 0, 15] > 200).all()  # coats fill the lowest row, whatever the crop
    assert (batch.subject[known, 0, 0].float().mean(1) < 100).all()  # the sky above


def test_nobody_is_told_of_without_masks(people: BasePeople):
    assert not _batch(people).subject.any()


def _of_one_look(people: BasePeople, monkeypatch: pytest.MonkeyPatch) -> BaseBatch:
    """Cases whose only light is that on the person."""
    with monkeypatch.context() as patch:
        patch.setattr(base_cases, "light_stops", lambda lights, size: np.zeros((size, size), np.float32))
        changes = {**NO_CHANGE, "light_chance": 1.0, "gray_chance": 0.0, "counts": (3,)}
        return _batch(people, 3, 1, subject_chance=1.0, **changes)


def test_light_on_the_person_is_in_answer_and_style(masked: BasePeople, monkeypatch: pytest.MonkeyPatch):
    lit = _of_one_look(masked, monkeypatch)
    with monkeypatch.context() as patch:  # the same random numbers, but the light has no strength
        patch.setattr(base_cases._Grade, "lit", lambda grade, colors, stops, person: colors)
        unlit = _of_one_look(masked, monkeypatch)
    assert torch.equal(lit.content, unlit.content)
    person = torch.nn.functional.interpolate(lit.subject.float(), (64, 64)) / 255
    inside, outside = (person > 0.9).expand(-1, 3, -1, -1), (person == 0).expand(-1, 3, -1, -1)
    changed = (lit.answer.int() - unlit.answer.int()).abs()
    assert changed[inside].float().mean() > 3
    assert changed[outside].float().mean() < 1
    assert not torch.equal(lit.style, unlit.style)
    assert not torch.allclose(lit.evidence, unlit.evidence)
