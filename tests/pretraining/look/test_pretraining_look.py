"""Pretraining of the set network: cases, steps, resuming."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from portrait_atelier.core.color.lab_tensors import srgb_to_lab
from portrait_atelier.core.errors import LearningError
from portrait_atelier.core.estimation.set_model import read_set_model
from portrait_atelier.core.learning.checkpoint import load_checkpoint
from portrait_atelier.core.networks.light import apply_light
from portrait_atelier.core.networks.token_layout import LAB, PLACE_KNOWN, REGIONS, REGIONS_KNOWN
from portrait_atelier.core.pretraining.look import run as run_module
from portrait_atelier.core.pretraining.look.cases import PICTURE_SIDE, SIZES, CaseMaker, CaseSettings
from portrait_atelier.core.pretraining.look.looks import LookLibrary, look_up, read_films
from portrait_atelier.core.pretraining.look.people import People
from portrait_atelier.core.pretraining.look.random_light import draw_light
from portrait_atelier.core.pretraining.look.run import BEST, CHECKPOINT, PretrainRun, pretrain, prior_moments
from portrait_atelier.core.pretraining.look.settings import PretrainSettings
from portrait_atelier.core.pretraining.look.shipping import ship
from portrait_atelier.core.pretraining.look.trainer import LookPretrainer
from pretrain_material import SHORT, looks, people


@pytest.fixture(scope="module")
def everyone() -> People:
    return people()


@pytest.fixture(scope="module")
def library() -> LookLibrary:
    return looks()


def _maker(everyone: People, library: LookLibrary, **settings) -> CaseMaker:
    torch.manual_seed(3)
    drawn = CaseSettings(num_sets=2, num_contents=2, **settings)
    return CaseMaker(everyone, library, drawn, np.random.default_rng(3))


def _identity() -> LookLibrary:
    axis = torch.linspace(0, 1, 17)
    nodes = torch.stack(torch.meshgrid(axis, axis, axis, indexing="ij"), -1).flip(-1)  # [b, g, r]
    table = srgb_to_lab(nodes).permute(3, 0, 1, 2)[None].half()
    return LookLibrary(table, table, table)


def test_the_answer_is_the_photo_itself_under_a_look_that_does_nothing(everyone: People):
    batch = _maker(everyone, _identity(), spatial=0.0).draw(4)
    assert batch.style.shape == (2, *SIZES[4], 12)
    torch.testing.assert_close(batch.answers, batch.queries[..., LAB], atol=1.5, rtol=0)  # a table's cells in Lab


def test_the_same_seeds_draw_the_same_cases(everyone: People, library: LookLibrary):
    first, again = (_maker(everyone, library).draw(2) for _ in range(2))
    assert torch.equal(first.style, again.style)
    assert torch.equal(first.answers, again.answers)


def test_own_photos_are_of_further_people(everyone: People, library: LookLibrary):
    maker = _maker(everyone, library)
    assert maker.draw(0, own=False).own is None
    own = maker.draw(0, own=True).own
    assert own is not None
    assert own.shape[0] == 2


def test_some_styles_forget_their_regions_and_places(everyone: People, library: LookLibrary):
    forgetful = _maker(everyone, library, no_places=1.0, no_regions=0.0).draw(0)
    assert not forgetful.style[..., PLACE_KNOWN].any()
    assert not forgetful.style[..., REGIONS_KNOWN].any()
    assert forgetful.content[..., REGIONS_KNOWN].all()
    without = _maker(everyone, library, labels=False).draw(0)
    assert not without.content[..., REGIONS].any()


def test_pictures_are_whole(everyone: People, library: LookLibrary):
    pictures = _maker(everyone, library).draw_pictures()
    assert pictures.queries.shape[1] == PICTURE_SIDE**2 == pictures.style.shape[2]
    rows = pictures.queries[0, :, 3].reshape(PICTURE_SIDE, PICTURE_SIDE)
    assert (rows[:, :1] == rows).all()
    assert (rows[1:, 0] > rows[:-1, 0]).all()


def test_light_spares_black_and_white_and_darkens_all_tones_alike():
    colors = torch.tensor([[0.0, 0, 0], [1, 1, 1], [0.5, 0.5, 0.5]])
    up, down = torch.zeros(3, 5), torch.zeros(3, 5)
    up[:, :3], down[:, :3] = 1.0, -2.2
    brighter, darker = apply_light(colors, up), apply_light(colors, down)
    torch.testing.assert_close(brighter[:2], colors[:2])
    assert brighter[2, 0] > 0.5
    torch.testing.assert_close(darker, colors / 2)


def test_a_vignette_is_dark_at_the_corners_only():
    torch.manual_seed(0)
    light = draw_light(1, 0.0)
    numbers = replace(
        light,
        vignette=torch.tensor([[-1.0, 0.6, 0.8, 0.5, 0.5]]),
        person=torch.zeros(1, 4),
        tones=torch.ones(1, 3),
    )
    values = numbers.values(torch.tensor([[[0.5, 0.5], [0.0, 0.0]]]), torch.zeros(1, 2, 2))
    assert values[0, 0].abs().max() < 1e-6
    torch.testing.assert_close(values[0, 1, :3], torch.full((3,), -1.0))


def test_a_table_is_looked_up_by_its_colors(tmp_path: Path):
    table = np.zeros((33, 33, 33, 3), np.uint8)  # [b, g, r]
    table[..., 0] = np.arange(33)[None, None] * 7
    np.savez(tmp_path / "films.npz", film=table)
    films = read_films(tmp_path / "films.npz")
    assert films.shape == (1, 17, 17, 17, 3)
    assert films[0, 16, 0, 0, 0] == pytest.approx(32 * 7 / 255)
    tables = torch.from_numpy(films).permute(0, 4, 3, 2, 1)
    found = look_up(tables, torch.tensor([[[0.5, 0.1, 0.9]]]))
    assert float(found[0, 0, 0]) == pytest.approx(16 * 7 / 255, abs=1e-6)
    (tmp_path / "bad.npz").write_bytes(b"no")
    with pytest.raises(LearningError, match="bad.npz: is no npz of color tables"):
        read_films(tmp_path / "bad.npz")


def test_steps_on_one_batch_come_nearer_to_its_answers(everyone: People, library: LookLibrary):
    trainer = LookPretrainer(replace(SHORT, num_steps=200, dropout=0.0), prior_moments(everyone))
    batch = _maker(everyone, library).draw(3, own=False)
    distances = [trainer.train_step(batch)["distance"] for _ in range(80)]
    assert distances[-1] < 0.7 * distances[0]


def test_the_game_and_the_published_terms_are_played(everyone: People, library: LookLibrary):
    settings = replace(SHORT, adversarial_weight=0.1, content_weight=0.1, style_weight=0.1, tv_weight=0.1)
    run = PretrainRun(Path(), everyone, everyone, library, library, settings)
    features = run_module.load_features("compact")
    trainer = LookPretrainer(settings, prior_moments(everyone), features=features)
    maker = _maker(everyone, library)
    before = [value.clone() for value in trainer.discriminator.parameters()]
    terms = trainer.train_step(maker.draw(3), maker.draw_pictures())
    assert {"g_adversarial", "g_content", "g_style", "g_tv", "d_adversarial", "d_r1"} <= set(terms)
    assert all(np.isfinite(value) for value in terms.values())
    changed = [not torch.equal(a, b) for a, b in zip(before, trainer.discriminator.parameters(), strict=True)]
    assert any(changed)
    assert run.settings.has_pictures


def _run(folder: Path, everyone: People, library: LookLibrary, settings: PretrainSettings = SHORT) -> PretrainRun:
    return PretrainRun(folder, everyone, people(8, first=50), library, looks(1), settings)


def test_a_run_that_stops_and_resumes_learns_the_same(tmp_path: Path, everyone: People, library: LookLibrary):
    whole = [status.terms for status in pretrain(_run(tmp_path / "whole", everyone, library))]
    stopped = _run(tmp_path / "parts", everyone, library)
    for status in pretrain(stopped):
        if status.step == 2:
            break
    rest = [status.terms for status in pretrain(stopped, resume=True)]
    assert rest == whole[2:]
    first, second = (load_checkpoint(tmp_path / name / CHECKPOINT)[0] for name in ("whole", "parts"))
    assert all(torch.equal(first[name], second[name]) for name in first)
    other = replace(stopped, settings=replace(SHORT, learning_rate=1e-4))
    with pytest.raises(LearningError, match="other photos or settings .learning_rate"):
        next(pretrain(other, resume=True))


def test_the_best_network_is_shipped_and_starts_another_run(tmp_path: Path, everyone: People, library: LookLibrary):
    scores = [status.scores for status in pretrain(_run(tmp_path / "one", everyone, library)) if status.scores]
    assert len(scores) == 2
    assert len(scores[0]) == 2
    ship(tmp_path / "one" / BEST, tmp_path / "set.safetensors")
    model = read_set_model(tmp_path / "set.safetensors")
    assert model.typical.region_grid.shape == (16, 16, 2)
    assert 0.9 < model.typical.statistics.all[0] < 1.1
    again = replace(_run(tmp_path / "two", everyone, library), start=tmp_path / "one" / BEST)
    trainer, _ = run_module._started(again, resume=False)
    kept, _ = load_checkpoint(tmp_path / "one" / BEST)
    assert torch.equal(trainer.network.color_in.weight, kept["color_in.weight"])


def test_settings_are_checked():
    with pytest.raises(ValueError, match="weights of losses"):
        PretrainSettings(adversarial_weight=-1)
    with pytest.raises(ValueError, match="film_share"):
        PretrainSettings(film_share=2)


def test_too_few_people_are_refused():
    pixels = np.zeros((2, 96, 96, 3), np.uint8)
    with pytest.raises(LearningError, match="folder 1: 2 portraits are too few"):
        People.gather([(pixels, np.zeros((2, 96, 96, 5), np.uint8))])
