"""Estimates of the duration of trainings."""

import json
import math
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("filelock")
from learning_material import quick_settings
from portrait_atelier.core.folders import cache_folder
from portrait_atelier.core.learning.request import TrainOptions
from portrait_atelier.panel import pace, training_process
from portrait_atelier.panel.forecast import Forecast, Forecaster
from portrait_atelier.panel.pace import PIXEL, Pace, Probe, StepClock, expected_seconds, known_pace, remember
from portrait_atelier.panel.training_process import TrainingRun
from portrait_atelier.panel.training_samples import sample_paths
from portrait_atelier.panel.trainings import StoredRequest, TrainingStore
from scenes import portrait, save


@pytest.fixture(autouse=True)
def _own_trainings(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_TRAININGS", str(tmp_path / "trainings"))


@pytest.fixture
def store(tmp_path):
    return TrainingStore(tmp_path / "trainings")


@pytest.fixture
def standing(monkeypatch):
    """The time of day, which stands still."""
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now)
    return now


class _Wishes:
    """Of an owner who wants nothing but the end; notes what is seen at each question."""

    def __init__(self, look=lambda: None):
        self._look, self.seen = look, []

    is_put_off = False

    @property
    def ending(self):
        self.seen.append(self._look())

    def may_train(self):
        return True


def test_looks_and_paintings_have_their_own_pace():
    assert expected_seconds("look", 30, 10) is None
    remember("auto", Pace(setup=5.0, step=2.0, photo=0.5, cores=2.0))
    assert expected_seconds("look", 30, 10) == (5 + 30 * 2 + 10 * 0.5) / 2
    assert expected_seconds(PIXEL, 60, 10) is None
    remember(PIXEL, Pace(setup=1.0, step=3.0, photo=0.5))
    assert expected_seconds(PIXEL, 60, 10) == 1 + 60 * 3 + 10 * 0.5
    assert expected_seconds(PIXEL, 60, 500) == 1 + 60 * 3 + 32 * 0.5  # no more are read
    assert known_pace() == Pace(5.0, 2.0, 0.5, 2.0)


def test_beside_other_work_it_takes_longer():
    pace = Pace(setup=5.0, step=2.0, photo=0.5, cores=2.0)
    assert pace.seconds(30, 0, share=0.25) == 4 * pace.seconds(30, 0)
    assert 0 < Probe().share() <= 1


@pytest.mark.usefixtures("standing")
def test_a_forecast_counts_those_before_it_and_what_the_running_one_gets_of_the_computer(store):
    remember("auto", Pace(setup=10.0, step=1.0, photo=0.0))
    photos, busy = Path("/photos"), Probe()
    busy._known, busy._at = 0.5, math.inf
    forecaster = Forecaster(store, busy)
    assert forecaster.of_new("look", 40, 25) == Forecast(100.0, 0)
    first, second = store.reserve(), store.reserve()
    store.begin(first, StoredRequest("a", photos, options=TrainOptions(steps=90), created=1.0))
    store.begin(second, StoredRequest("b", photos, options=TrainOptions(steps=40), created=2.0), seconds=300.0)
    assert forecaster.of(second) == Forecast(200.0 + 100.0, 1)
    first.report(state="learning", step=30, speed=0.25, seconds_left=60.0)
    assert forecaster.of(second).seconds == 60.0 + 200.0
    assert forecaster.of_new("look", 0, 25).num_ahead == 0, "an instant style waits for nobody"
    assert forecaster.of(first).num_ahead == 0


def test_an_end_that_has_passed_is_forecast_anew_from_what_is_left(store, standing):
    remember("auto", Pace(setup=10.0, step=2.0, photo=1.0))
    probe = Probe()
    probe._known, probe._at = 1.0, math.inf
    training, forecaster = store.reserve(), Forecaster(store, probe)
    store.begin(training, StoredRequest("a", Path("/photos"), options=TrainOptions(steps=30), created=1.0))
    training.report(state="learning", step=20, num_photos=12, ends_at=standing - 60)
    assert forecaster.of(training).seconds == 10 * 2.0
    training.report(state="reading", stage="setup", step=0)
    assert forecaster.of(training).seconds == 10.0 + 30 * 2.0
    training.report(stage="photos")
    assert forecaster.of(training).seconds == 10.0 + 30 * 2.0 + 12
    training.report(ends_at=standing + 40)
    assert forecaster.of(training).seconds == 40


def test_a_clock_remembers_the_cpu_time_of_a_training_that_was_long_enough(monkeypatch):
    now = {"cpu": 100.0, "wall": 500.0}
    monkeypatch.setattr(time, "perf_counter", lambda: now["wall"])
    monkeypatch.setattr(time, "process_time", lambda: now["cpu"])
    for num_steps, remembered in ((5, None), (12, Pace(setup=4.0, step=2.0, photo=0.5, cores=0.5))):
        now["cpu"] = 5.0
        clock = StepClock(PIXEL, num_photos=10, begun=0.0)
        now["cpu"] += 4
        left = [clock.after(1, num_steps)]
        for step in range(2, num_steps + 1):
            now["cpu"] += 2
            now["wall"] += 4 if step % 2 else 20  # other programs take the rest
            left.append(clock.after(step, num_steps))
        now["cpu"] += 2
        clock.finish()
        assert left[:2] == [None, 20.0 * (num_steps - 2)]
        assert left[-1] == 0
        assert known_pace(PIXEL) == remembered
    assert clock.speed == pytest.approx((22 / sum([20, 4] * 5 + [20])) / 0.5)


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
        def __init__(self, device, *photos):
            started.append((training.status.stage, training.has_style))
            super().__init__(device, *photos)

    monkeypatch.setattr(training_process, "StepClock", Clock)
    TrainingRun(training, _Wishes()).run()
    assert training.status.state == "done", training.status.message
    assert started == [("texture", True)], "its instant style is there before"
    assert len(list(own.iterdir())) == 2
    assert not copies.exists()
    assert not (training.folder / "prepared").exists()
    assert not (cache_folder() / "prepared").exists()
