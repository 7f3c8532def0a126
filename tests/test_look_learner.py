"""The game for one photographer: deterministic, to be gone on with, and it does what its weights say."""

from dataclasses import replace

import pytest
import torch
from learning_material import compact, finished, quick, tiny_base, untouched
from portrait_atelier.core.learning.game_settings import FORMS, LossWeights
from portrait_atelier.core.learning.learn_material import Half, split_halves
from portrait_atelier.core.learning.learn_settings import LearnSettings
from portrait_atelier.core.learning.look_learner import LookLearner
from portrait_atelier.core.learning.score import color_quantiles, distance

BASE, FEATURES = tiny_base(), compact()
NOTHING = LossWeights(0, 0, 0, 0)


@pytest.fixture(scope="module")
def half() -> Half:
    return split_halves(BASE, finished(), untouched(), own=True, seed=0)[0]


def _learner(half: Half, settings: LearnSettings | None = None) -> LookLearner:
    return LookLearner(BASE, half, FEATURES, settings or quick())


def _learnt(half: Half, settings: LearnSettings, steps: int) -> LookLearner:
    learner = _learner(half, settings)
    for _ in range(steps):
        learner.train_step()
    return learner


def _same(first: LookLearner, second: LookLearner) -> bool:
    ours, theirs = first.tensors(), second.tensors()
    assert set(ours) == set(theirs)
    return all(torch.equal(value, theirs[name]) for name, value in ours.items())


def test_a_step_tells_what_the_losses_were_made_of(half: Half):
    learner = _learner(half, quick(noise=0.0))
    terms = learner.train_step()
    critics = {f"d_adversarial_{name}" for name in ("color", "face", "patch")}
    assert set(terms) == critics | {"g_adversarial", "g_content", "g_style", "g_tv", "g_pull"}
    assert learner.step == 1
    assert all(torch.isfinite(torch.tensor(value)) for value in terms.values())
    assert terms["g_style"] == pytest.approx(1)  # terms are 1 at the start
    assert terms["g_pull"] == 0  # nothing has changed yet
    assert terms["d_adversarial_color"] == pytest.approx(1.4, abs=0.5)  # 2 log 2 where nothing is told apart


def test_it_starts_with_what_the_base_model_does(half: Half):
    learner = _learner(half)
    contents, code = half.judging, half.code
    assert torch.equal(learner.restyled(contents, code, 0.0), learner.restyled(contents, code, 1.0))


def test_a_change_is_told_in_steps_of_table_and_grid(half: Half):
    learner = _learner(half)
    size = half.judging.table[0].numel() + half.judging.grid[0].numel()
    assert torch.equal(learner.change(half.judging, half.code), torch.zeros(len(half.judging) * size))
    with torch.no_grad():
        bias = learner.averaged.bias["table_head"]
        before = BASE.generator.table_head.bias.clone()
        bias[0] = 1.0
        moved = learner.change(half.judging, half.code)
        assert moved.shape == (len(half.judging) * size,)
        assert moved.norm() > 0
        bias[0] = 2.0
        torch.testing.assert_close(learner.change(half.judging, half.code), 2 * moved, atol=1e-4, rtol=1e-3)
        assert torch.equal(BASE.generator.table_head.bias, before)


def test_a_part_of_what_was_learnt_lies_between(half: Half):
    learner = _learnt(half, quick(learning_rate=0.05), 2)
    none, part, whole = (learner.restyled(half.judging, half.code, keep) for keep in (0.0, 0.5, 1.0))
    assert not torch.allclose(none, whole, atol=1e-4)
    assert (part - none).norm() < (whole - none).norm()
    assert (part - whole).norm() < (whole - none).norm()
    assert 0 <= whole.min() <= whole.max() <= 1


@pytest.mark.parametrize("form", FORMS)
def test_the_same_seed_learns_the_same_in_every_form(half: Half, form):
    settings = quick(form=form, patch_weight=0.0)
    first, again, other = (_learnt(half, replace(settings, seed=seed), 2) for seed in (0, 0, 1))
    assert _same(first, again)
    assert not _same(first, other)


def test_interrupted_is_as_uninterrupted_bit_for_bit(half: Half):
    settings = quick(num_steps=4, use_spectral_norm=True)
    whole, first = _learnt(half, settings, 4), _learnt(half, settings, 2)
    again = _learner(half, settings)
    again.restore({name: value.clone() for name, value in first.tensors().items()}, first.step, first.scales)
    assert _same(first, again)
    for _ in range(2):
        again.train_step()
    assert _same(whole, again)
    assert again.scales == whole.scales


def test_the_base_model_stays_as_it_is(half: Half):
    before = {name: value.clone() for name, value in BASE.generator.state_dict().items()}
    _learnt(half, quick(learning_rate=0.1), 2)
    assert all(torch.equal(value, before[name]) for name, value in BASE.generator.state_dict().items())
    assert all(parameter.grad is None for parameter in BASE.generator.parameters())


def test_random_numbers_of_others_stay_as_they_are(half: Half):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    _learnt(half, quick(patch_weight=0.0), 1)
    assert torch.equal(torch.rand(3), expected)


def test_without_an_adversary_the_critics_do_not_move(half: Half):
    settings = quick(weights=LossWeights(adversarial_weight=0))
    start, learner = _learner(half, settings).critics.state_dict(), _learner(half, settings)
    terms = learner.train_step()
    assert all(torch.equal(value, start[name]) for name, value in learner.critics.state_dict().items())
    assert not learner.critic_optimizer.state_dict()["state"]
    assert not any(name.startswith("d_") for name in terms)
    assert terms["g_adversarial"] == 0


def test_without_any_weight_nothing_is_learnt(half: Half):
    learner = _learnt(half, quick(weights=NOTHING, pull_weight=0.0), 2)
    assert not any(value.any() for name, value in learner.delta.state_dict().items() if not name.startswith("down"))


@pytest.mark.parametrize("weight", ["content_weight", "style_weight", "tv_weight", "adversarial_weight"])
def test_each_weight_alone_moves_the_change(half: Half, weight: str):
    learner = _learnt(half, quick(weights=replace(NOTHING, **{weight: 1.0}), pull_weight=0.0, patch_weight=0.0), 1)
    assert learner.delta.up["table_head"].any()


def test_content_and_style_losses_are_left_out_where_they_weigh_nothing(half: Half):
    terms = _learner(half, quick(weights=replace(NOTHING, adversarial_weight=1), patch_weight=0.0)).train_step()
    assert (terms["g_content"], terms["g_style"]) == (0, 0)


def test_critics_of_faces_and_patches_can_be_left_out(half: Half):
    learner = _learner(half, quick(face_weight=0.0, patch_weight=0.0))
    start = {name: value.clone() for name, value in learner.critics.state_dict().items()}
    terms = learner.train_step()
    assert {name for name in terms if name.startswith("d_")} == {"d_adversarial_color"}
    moved = {name.split(".")[0] for name, value in learner.critics.state_dict().items() if (value != start[name]).any()}
    assert moved == {"0"}


def test_critics_get_ahead_before_the_first_step(half: Half):
    learner = _learner(half, quick(critic_warmup=3, critic_steps=2, patch_weight=0.0))
    turns = []
    for _ in range(2):
        learner.train_step()
        turns.append(int(next(iter(learner.critic_optimizer.state.values()))["step"]))
    assert turns == [3, 5]


def test_a_batch_is_at_most_what_there_is(half: Half):
    terms = _learner(half, quick(batch_size=64)).train_step()  # of 2 contents and 4 style photos
    assert "g_style" in terms


def test_the_pull_holds_the_look_back(half: Half):
    free, held = (
        _learnt(half, quick(num_steps=6, pull_weight=pull, patch_weight=0.0, learning_rate=0.03), 6)
        for pull in (0.0, 300.0)
    )
    none, far, near = (
        free.restyled(half.judging, half.code, 0.0),
        *(learner.restyled(half.judging, half.code) for learner in (free, held)),
    )
    assert (near - none).norm() < 0.7 * (far - none).norm()


def test_contents_come_nearer_to_a_strong_cast(half: Half):
    """Without the closed form, which would give most of the cast at once, the critics have it all to teach."""
    contents = half.contents
    bare = replace(contents, table=torch.zeros_like(contents.table), grid=torch.zeros_like(contents.grid))
    settings = quick(
        num_steps=30,
        batch_size=4,
        critic_warmup=10,
        critic_steps=2,
        weights=replace(NOTHING, adversarial_weight=1.0),
        pull_weight=0.0,
        patch_weight=0.0,
        rank=4,
        learning_rate=5e-3,
        ema_decay=0.8,
    )
    learner, target = _learner(replace(half, contents=bare), settings), color_quantiles(half.style)
    before = distance(color_quantiles(learner.restyled(bare, half.code)), target)
    for _ in range(settings.num_steps):
        learner.train_step()
    assert distance(color_quantiles(learner.restyled(bare, half.code)), target) < 0.7 * before


def test_self_pairs_are_the_same_photos_pushed_toward_neutral(half: Half):
    assert half.pairs.photos.shape == half.style.shape
    assert not torch.equal(half.pairs.photos, half.style)

    def shapes(photos: torch.Tensor) -> torch.Tensor:
        luma = photos.mean(1).flatten(1)
        return (luma - luma.mean(1, keepdim=True)) / luma.std(1, keepdim=True)

    likeness = (shapes(half.pairs.photos) @ shapes(half.style).T) / half.style[0, 0].numel()
    assert likeness.diagonal().min() > 0.8


def test_self_pairs_alone_bring_the_photos_back(half: Half):
    settings = quick(weights=NOTHING, pull_weight=0.0, pair_weight=1.0, learning_rate=1e-2, num_steps=40, noise=0.0)

    def apart(learner: LookLearner) -> float:
        return float((learner.restyled(half.pairs, half.code) - half.style).abs().mean())

    assert apart(_learnt(half, settings, 30)) < 0.95 * apart(_learner(half, settings))


def test_the_critic_of_pairs_sees_what_photos_were_made_from(half: Half):
    terms = _learnt(half, quick(conditional_weight=1.0), 2)
    assert "d_adversarial_pair" in terms.train_step()
    assert "d_adversarial_pair" not in _learner(half).train_step()
