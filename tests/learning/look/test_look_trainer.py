"""Fine-tuning of a look: it learns a curve that no closed form has, and can be resumed."""

from dataclasses import replace
from functools import cache

import pytest
import torch
from learning_material import hasten, quick, two_toned
from people_material import photos_of_people
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.learning.look.material import LEAST_OWN, Material, read_material
from portrait_atelier.core.learning.look.photos import TrainingPhotos
from portrait_atelier.core.learning.look.settings import LookTrainSettings
from portrait_atelier.core.learning.look.trainer import LookFineTuner
from portrait_atelier.core.learning.losses.settings import LossWeights
from portrait_atelier.core.networks.features import load_features
from torch import Tensor


@cache
def _material(*, own: bool = False) -> Material:
    before = TrainingPhotos(tuple(photos_of_people(LEAST_OWN)))
    photos = TrainingPhotos(tuple(Proxy.opaque(two_toned(photo.pixels)) for photo in before.proxies))
    with pytest.MonkeyPatch.context() as patch:
        hasten(patch)
        return read_material(load_set_model(), photos, before if own else None, torch.device("cpu"))


def _tuner(settings: LookTrainSettings | None = None, *, own: bool = False) -> LookFineTuner:
    return LookFineTuner(_material(own=own), torch.arange(LEAST_OWN), load_features("compact"), settings or quick())


def _error(tuner: LookFineTuner, delta_weight: float) -> float:
    """Return the distance of restyled contents from the finished photos of the same people."""
    contents, style = tuner.material.contents, tuner.style_tokens
    return float(
        (tuner.restyled(contents, delta_weight) - style[:, : contents.tokens.shape[1], :3]).norm(dim=-1).mean()
    )


def test_it_overfits_a_known_tone_curve():
    settings = quick(num_steps=50, rank=8, learning_rate=0.02, weights=LossWeights(1.0, 0.0, 0.0, 0.0))
    tuner = _tuner(settings, own=True)
    before, terms = _error(tuner, 0.0), [tuner.train_step() for _ in range(50)]
    assert terms[-1]["g_match"] < 0.5 * terms[0]["g_match"]
    assert _error(tuner, 1.0) < 0.85 * before


@pytest.mark.parametrize("own", [False, True])
def test_people_count_by_their_likeness(own: bool):
    selection = _tuner(quick(num_people=5), own=own).selection
    assert len(set(selection.index.tolist())) == 5
    assert selection.weights.mean().item() == pytest.approx(1)
    assert selection.weights.max() > selection.weights.min()
    assert 1 <= selection.effective_size <= 5


@pytest.mark.parametrize(
    ("weight", "absent"),
    [("adversarial_weight", "d_adversarial"), ("content_weight", ""), ("style_weight", ""), ("tv_weight", "")],
)
def test_each_loss_can_be_left_out(weight: str, absent: str):
    terms = _tuner(quick(weights=replace(LossWeights(), **{weight: 0.0}))).train_step()
    assert all(torch.tensor(value).isfinite() for value in terms.values())
    assert absent not in terms or not absent


def test_terms_are_about_one_at_the_start():
    terms = _tuner().train_step()
    assert terms["g_content"] == pytest.approx(1)
    assert terms["g_style"] == pytest.approx(1)
    assert terms["g_pull"] == 0
    assert {"d_adversarial", "d_r1", "g_adversarial", "g_tv", "g_match"} <= set(terms)


def test_the_set_network_stays_as_it_is():
    before = {name: value.clone() for name, value in _material().network.state_dict().items()}
    _tuner().train_step()
    assert all(torch.equal(value, before[name]) for name, value in _material().network.state_dict().items())


def test_taken_up_again_it_goes_on_as_never_stopped():
    whole, stopped, again = _tuner(), _tuner(), _tuner()
    for _ in range(2):
        whole.train_step()
    stopped.train_step()
    again.restore({name: value.clone() for name, value in stopped.tensors().items()}, 1, stopped.normalizer)
    again.train_step()
    assert _same(whole.tensors(), again.tensors())


def test_the_same_seed_learns_the_same():
    first, second, other = _tuner(), _tuner(), _tuner(quick(seed=1))
    for tuner in (first, second, other):
        tuner.train_step()
    assert _same(first.tensors(), second.tensors())
    assert not _same(first.tensors(), other.tensors())


def test_a_random_state_outside_is_left_alone():
    tuner = _tuner()
    torch.manual_seed(4)
    expected = torch.rand(3)
    torch.manual_seed(4)
    tuner.train_step()
    assert torch.equal(torch.rand(3), expected)


def _same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return all(torch.equal(value, second[name]) for name, value in first.items())
