"""Estimates of the duration of trainings."""

import json
import time

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("filelock")
from learning_material import quick_settings
from portrait_atelier.core.folders import cache_folder
from portrait_atelier.core.learning.request import TrainOptions
from portrait_atelier.panel import pace, training_process
from portrait_atelier.panel.pace import PIXEL, Pace, StepClock, expected_time, known_pace, remember
from portrait_atelier.panel.training_process import TrainingRun
from portrait_atelier.panel.training_samples import sample_paths
from portrait_atelier.panel.trainings import StoredRequest, TrainingStore
from portrait_atelier.panel.words import LANGUAGES, Words
from scenes import portrait, save


@pytest.fixture(autouse=True)
def _own_trainings(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_TRAININGS", str(tmp_path / "trainings"))


@pytest.fixture
def store(tmp_path):
    return TrainingStore(tmp_path / "trainings")


class _Wishes:
    """Of an owner who wants nothing but the end; notes what is seen at each question."""

    def __init__(self, look=lambda: None):
        self._look, self.seen = look, []

    @property
    def ending(self):
        self.seen.append(self._look())


def test_looks_are_being_measured_and_paintings_wait_for_their_first_training():
    assert expected_time("look", 30, 10) == ("quality.steps", None)
    assert expected_time(PIXEL, 60, 10) == ("quality.unmeasured", None)
    remember("auto", Pace(setup=5.0, step=2.0, photo=0.5))
    assert expected_time("look", 30, 10) == ("quality.about", 5 + 29 * 2 + 10 * 0.5)
    assert expected_time(PIXEL, 60, 10) == ("quality.unmeasured", None)
    remember(PIXEL, Pace(setup=1.0, step=3.0, photo=0.5))
    assert expected_time(PIXEL, 60, 10) == ("quality.about", 1 + 59 * 3 + 10 * 0.5)
    assert expected_time(PIXEL, 60, 500) == ("quality.about", 1 + 59 * 3 + 32 * 0.5)  # no more are read
    assert known_pace() == Pace(5.0, 2.0, 0.5)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_nobody_measures_is_not_said_to_be_measured(language):
    words = Words(language)
    assert words("quality.unmeasured", count=3) != words("quality.steps", count=3)


def test_a_clock_remembers_a_training_that_was_long_enough(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "perf_counter", lambda: now[0])
    for num_steps, remembered in ((5, None), (12, Pace(4.0, 2.0))):
        clock = StepClock(PIXEL)
        now[0] += 4
        left = [clock.after(1, num_steps)]
        for step in range(2, num_steps + 1):
            now[0] += 2
            left.append(clock.after(step, num_steps))
        assert left[:2] == [None, 2.0 * (num_steps - 2)]
        assert left[-1] == 0
        assert known_pace(PIXEL) == remembered


def _pictures(folder):
    folder.mkdir()
    for seed in range(3):
        rng = np.random.default_rng(seed)
        stripes = 60 + 120 * (np.arange(64) // 3 % 2)[:, None, None] * rng.uniform(0.8, 1, (1, 72, 3))
        Image.fromarray(stripes.astype(np.uint8)).save(folder / f"{seed}.png")
    return folder


@pytest.mark.slow
def test_a_painting_is_shown_on_its_way_and_its_pace_is_remembered(store, tmp_path, monkeypatch):
    quick_settings(monkeypatch)
    monkeypatch.setattr(pace, "_STEPS_TO_TRUST", 1)
    request = StoredRequest("strokes", _pictures(tmp_path / "p"), generator="pixel", options=TrainOptions(steps=3))
    training = store.reserve()
    store.begin(training, request)
    commands = _Wishes(lambda: training.status.seconds_left)
    TrainingRun(training, commands).run()
    assert training.status.state == "done", training.status.message
    assert training.status.complete
    assert [row["step"] for row in training.rows()] == [1, 2, 3]
    assert [("distance" in row, "score" in row) for row in training.rows()] == [(False, False), *[(True, False)] * 2]
    assert len(sample_paths(training.samples)) == 1
    found = known_pace(PIXEL)
    assert found is not None
    assert found.setup > 0
    assert found.step > 0
    assert known_pace() is None
    assert commands.seen[-1] == 0
    assert json.loads((store.folder / "pace.json").read_text())["paces"].keys() == {PIXEL}


@pytest.mark.slow
@pytest.mark.parametrize("is_copy", [True, False])
def test_what_was_found_about_uploaded_photos_goes_with_the_training_and_the_clock_starts_after_it(
    store, tmp_path, monkeypatch, is_copy
):
    training = store.reserve()
    copies, own = training.folder / "photos", tmp_path / "untouched"
    for number in range(10):
        save(portrait(number), (copies if number < 8 else own) / f"{number}.png")
    (training.folder / "prepared").mkdir()  # of version 0.3
    quick_settings(monkeypatch)
    request = StoredRequest("dusk", copies, own, options=TrainOptions(steps=1), device="cpu")
    store.begin(training, request)
    started = []

    class Clock(StepClock):
        def __init__(self, device):
            started.append((training.status.stage, training.status.photos_read))
            super().__init__(device)

    monkeypatch.setattr(training_process, "StepClock", Clock)
    TrainingRun(training, _Wishes()).run()
    assert training.status.state == "done", training.status.message
    assert started == [("photos", 2)]
    assert len(list(own.iterdir())) == 2
    assert not copies.exists()
    assert not (training.folder / "prepared").exists()
    assert not (cache_folder() / "prepared").exists()
