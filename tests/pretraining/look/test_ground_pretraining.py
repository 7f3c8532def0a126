"""Pretraining of the ground network: cases, steps, resuming, shipping."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from portrait_atelier.core.color.lab_tensors import srgb_to_lab
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.estimation.ground_model import GroundModel
from portrait_atelier.core.networks.set_network import SetNetwork
from portrait_atelier.core.networks.token_layout import LAB, REGIONS
from portrait_atelier.core.networks.transports import SetMoments
from portrait_atelier.core.pretraining.look.cases import CaseMaker, CaseSettings
from portrait_atelier.core.pretraining.look.ground_looks import GroundLooks, under_ground_looks
from portrait_atelier.core.pretraining.look.ground_run import GroundRun, people_alone, pretrain_ground, score_of
from portrait_atelier.core.pretraining.look.ground_trainer import GroundPretrainer, GroundSettings, gate_share
from portrait_atelier.core.pretraining.look.looks import LookLibrary
from portrait_atelier.core.pretraining.look.people import People
from portrait_atelier.core.pretraining.look.run import BEST, prior_moments
from pretrain_material import looks, people
from safetensors.numpy import load_file
from safetensors.torch import save_file

_SHORT = GroundSettings(num_steps=2, num_sets=2, num_contents=2, save_every=1, score_every=2)


@pytest.fixture(scope="module")
def everyone() -> People:
    return people()


@pytest.fixture(scope="module")
def library() -> LookLibrary:
    return looks()


def _identity(count: int) -> torch.Tensor:
    axis = torch.linspace(0, 1, 17)
    nodes = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1).flip(-1)  # [b, g, r]
    return srgb_to_lab(nodes).permute(3, 0, 1, 2)[None].expand(count, -1, -1, -1, -1)


def _darker_by(stops: float, *, is_apart: bool, on_subject: bool = False) -> GroundLooks:
    grade = torch.tensor([[stops, 0, 0, 0, 0, 0, 0, 1.0]])
    flags = torch.tensor([is_apart]), torch.tensor([on_subject])
    return GroundLooks(_identity(1), grade, *flags, torch.ones(1))


def test_only_the_ground_is_graded_and_the_border_is_mixed():
    colors, subject = torch.full((1, 3, 3), 0.5), torch.tensor([[[1.0], [0.5], [0.0]]])
    lightness = under_ground_looks(_identity(1), _darker_by(-1, is_apart=True), colors, subject)[0, :, 0]
    assert lightness[0] == pytest.approx(53.4, abs=0.5)  # Lab of encoded 0.5
    assert lightness[2] == pytest.approx(38.9, abs=0.7)  # of 0.5 * 2 ** (-1 / 2.2) = 0.365
    assert lightness[2] < lightness[1] < lightness[0]


def test_the_grade_may_be_of_the_subject():
    colors, subject = torch.full((1, 2, 3), 0.5), torch.tensor([[[1.0], [0.0]]])
    graded = under_ground_looks(_identity(1), _darker_by(-1, is_apart=True, on_subject=True), colors, subject)[0, :, 0]
    assert graded[0] < graded[1]
    assert graded[1] == pytest.approx(53.4, abs=0.5)


def test_a_set_that_is_not_apart_has_one_look():
    colors, subject = torch.rand(1, 5, 3), torch.rand(1, 5, 1)
    found = under_ground_looks(_identity(1), _darker_by(-1, is_apart=False), colors, subject)
    torch.testing.assert_close(found, srgb_to_lab(colors), atol=1.5, rtol=0)


def test_cases_tell_which_sets_are_apart(everyone: People, library: LookLibrary):
    def drawn(apart: float):
        torch.manual_seed(3)
        settings = CaseSettings(num_sets=3, num_contents=2, apart=apart)
        return CaseMaker(everyone, library, settings, np.random.default_rng(3)).draw(2)

    assert drawn(1.0).is_apart.shape == (6,)
    assert drawn(1.0).is_apart.all()
    assert not drawn(0.0).is_apart.any()


def test_a_new_network_gives_both_parts_nearly_the_look_of_the_set_network(everyone: People, library: LookLibrary):
    trainer = GroundPretrainer(_SHORT, _base(), *_priors(everyone))
    batch = CaseMaker(everyone, library, CaseSettings(num_sets=2, num_contents=2), np.random.default_rng(1)).draw(3)
    trainer.averaged.eval()
    with torch.no_grad():
        found = trainer.restyled(trainer.averaged, batch)
    torch.testing.assert_close(found.gated, found.base, atol=1e-3, rtol=0)  # sigmoid(0) is no reason to open
    assert (found.apart - found.base).abs().mean() < 6


def test_the_gate_opens_only_above_one_half():
    logits = torch.tensor([-3.0, 0.0, 0.5, 3.0])
    assert gate_share(logits)[:2].tolist() == [0, 0]
    assert 0 < gate_share(logits)[2] < 1
    assert gate_share(logits)[3] == 1


def test_steps_make_the_result_nearer_where_the_ground_is_darker(everyone: People, library: LookLibrary):
    settings = replace(_SHORT, num_steps=60, learning_rate=5e-3, dropout=0.0)
    trainer = GroundPretrainer(settings, _base(), *_priors(everyone))
    torch.manual_seed(0)
    cases = CaseSettings(num_sets=4, num_contents=2, apart=1.0, backdrop=0.0, hand=0.0)
    batch = CaseMaker(everyone, library, cases, np.random.default_rng(5)).draw(4, own=False)
    terms = [trainer.train_step(batch) for _ in range(60)]
    assert terms[-1]["distance"] < 0.8 * terms[0]["base"]


def test_a_resumed_run_equals_one_that_was_not_stopped(everyone: People, library: LookLibrary, tmp_path: Path):
    def run(folder: str, steps: int) -> GroundRun:
        settings = replace(_SHORT, num_steps=steps)
        base = tmp_path / "set.safetensors"
        if not base.exists():
            _save_base(base, everyone)
        return GroundRun(tmp_path / folder, base, everyone, everyone, library, library, settings)

    for _ in pretrain_ground(run("whole", 2)):
        pass
    first = pretrain_ground(run("parts", 2))
    next(first)
    first.close()
    for _ in pretrain_ground(run("parts", 2), resume=True):
        pass
    whole, parts = (load_file(tmp_path / folder / BEST) for folder in ("whole", "parts"))
    assert set(whole) == set(parts)
    assert all(np.array_equal(whole[name], parts[name]) for name in whole)
    assert whole["typical"].shape == (64,)
    model = GroundModel({name: value.astype(np.float32) for name, value in whole.items()})
    assert model.embed(np.zeros((1, 5, 12), np.float32)).shape == (1, 64)
    assert model.alone("ground")["typical.embedding"].shape == (96,)


def test_people_by_their_ground_alone_have_its_colors(everyone: People, tmp_path: Path):
    _save_base(tmp_path / "set.safetensors", everyone)
    found = people_alone(tmp_path / "set.safetensors", everyone)
    subject, ground = (found[f"{part}.prior.regions"][0, :, 0] for part in ("subject", "ground"))  # shares of regions
    assert ground[3] > 0.99
    assert subject[3] < 0.01
    whole = prior_moments(everyone)
    mean = whole.regions[0, 3, 1:4] / whole.regions[0, 3, 0]
    np.testing.assert_allclose(found["ground.prior.all"][0, 1:4], mean, atol=2)
    np.testing.assert_allclose(found["ground.typical.all"][1:4], mean, atol=4)


def test_a_run_can_begin_with_a_trained_network(everyone: People, library: LookLibrary, tmp_path: Path):
    base = tmp_path / "set.safetensors"
    _save_base(base, everyone)
    trained = GroundRun(tmp_path / "trained", base, everyone, everyone, library, library, _SHORT)
    for _ in pretrain_ground(trained):
        pass
    start, still = trained.folder / BEST, replace(_SHORT, learning_rate=0.0)
    for _ in pretrain_ground(replace(trained, folder=tmp_path / "further", settings=still, start=start)):
        pass
    first, further = (load_file(tmp_path / folder / BEST) for folder in ("trained", "further"))
    assert all(np.array_equal(first[name], further[name]) for name in first)


def test_a_run_with_other_settings_is_not_resumed(everyone: People, library: LookLibrary, tmp_path: Path):
    base = tmp_path / "set.safetensors"
    _save_base(base, everyone)
    run = GroundRun(tmp_path / "run", base, everyone, everyone, library, library, _SHORT)
    next(pretrain_ground(run))
    with pytest.raises(LearningError, match="apart"):
        next(pretrain_ground(replace(run, settings=replace(_SHORT, apart=0.5)), resume=True))


def test_plain_looks_count_three_times():
    assert score_of(((10.0, 5.0), (4.0, 4.0))) == pytest.approx((0.5 + 3) / 4)


def _priors(everyone: People) -> tuple[SetMoments, list[SetMoments]]:
    return prior_moments(everyone), [prior_moments(everyone, part) for part in (0, 1)]


def _base() -> SetNetwork:
    torch.manual_seed(0)
    return SetNetwork()


def _save_base(path: Path, everyone: People) -> None:
    prior = prior_moments(everyone)
    parts = {f"prior.{name}": getattr(prior, name).contiguous() for name in ("all", "regions", "histograms")}
    save_file({**_base().state_dict(), **parts}, path)


def test_queries_carry_the_subject(everyone: People, library: LookLibrary):
    batch = CaseMaker(everyone, library, CaseSettings(num_sets=1, apart=1.0), np.random.default_rng(0)).draw(0)
    assert batch.queries[..., LAB].shape[-1] == 3
    assert batch.queries[..., REGIONS][..., 0].max() > 0.5
