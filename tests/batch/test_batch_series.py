"""One look for several photos: of a call, of a folder, of a burst."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from batch_material import planned, request, run_all, states, warm_style, write_photo
from people_material import colors_of_people
from portrait_atelier.core.batch import series
from portrait_atelier.core.batch.series import SeriesLooks
from portrait_atelier.core.imaging.files.reading import read_photo, read_proxy
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.styles.controls import Controls
from portrait_atelier.core.styles.style import Style

SERIES = Controls(series=True)


def _groups(folder: Path, kind: str) -> set[tuple[str, ...]]:
    found = planned(request(folder, output=folder / "out", controls=SERIES, series=kind), warm_style())
    return {tuple(path.name for path in group) for group in found.series.values()}


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """Two bursts and a single photo in one folder, and another folder."""
    times = {"a": "10:00:00", "b": "10:00:02", "c": "10:00:05", "d": "10:00:09", "e": "10:00:10", "f": "10:01:00"}
    for seed, (name, time) in enumerate(times.items()):
        write_photo(tmp_path / f"x/{name}.jpg", seed, taken=f"2024:05:01 {time}")
    write_photo(tmp_path / "x/untimed.jpg")
    write_photo(tmp_path / "y/g.jpg", 1, taken="2024:05:01 10:00:03")
    write_photo(tmp_path / "y/h.jpg", 2, taken="no time")
    return tmp_path


def test_a_burst_is_of_photos_that_follow_each_other_within_three_seconds(session: Path):
    assert _groups(session, "burst") == {("a.jpg", "b.jpg", "c.jpg"), ("d.jpg", "e.jpg")}


def test_a_folder_or_the_whole_call_is_a_series(session: Path):
    x = ("a.jpg", "b.jpg", "c.jpg", "d.jpg", "e.jpg", "f.jpg", "untimed.jpg")
    assert _groups(session, "folder") == {x, ("g.jpg", "h.jpg")}
    assert _groups(session, "all") == {(*x, "g.jpg", "h.jpg")}


def test_without_the_control_each_photo_has_its_own_look(session: Path):
    found = planned(request(session, output=session / "out", series="burst"), warm_style())
    assert found.series == {}
    assert {task.series for task in found.tasks} == {""}


def test_photos_of_a_series_get_one_look_and_others_their_own(session: Path):
    style = Style("mine", "instant", num_photos=12, photos=colors_of_people(12))
    asked = request(session / "x", output=session / "out", controls=SERIES, series="burst")
    found = planned(asked, style)
    looks = SeriesLooks(found.series, style, SERIES)
    by_name = {task.source.name: looks.look_for(task) for task in found.tasks}
    assert by_name["a.jpg"] is by_name["b.jpg"] is by_name["c.jpg"] is not None
    assert by_name["d.jpg"] is not by_name["a.jpg"]
    assert by_name["f.jpg"] is by_name["untimed.jpg"] is None


def test_a_series_of_which_nothing_can_be_read_fails_photo_by_photo(tmp_path: Path):
    for name in "ab":
        (tmp_path / f"in/{name}.jpg").parent.mkdir(exist_ok=True)
        (tmp_path / f"in/{name}.jpg").write_text(f"no picture {name}")
    asked = request(tmp_path / "in", output=tmp_path / "out", controls=SERIES)
    assert set(states(run_all(asked, warm_style())).values()) == {"failed"}


def test_a_photo_more_in_a_series_is_another_look_which_is_told(tmp_path: Path):
    style = Style("mine", "instant", num_photos=12, photos=colors_of_people(12))
    for seed in range(2):
        write_photo(tmp_path / f"in/{seed}.jpg", seed, size=(320, 240))
    asked = request(tmp_path / "in", output=tmp_path / "out", controls=SERIES)
    assert set(states(run_all(asked, style)).values()) == {"done"}
    before = read_photo(tmp_path / "out/0.jpg").pixels
    write_photo(tmp_path / "in/2.jpg", 5, size=(320, 240))
    assert states(run_all(asked, style)) == {"0.jpg": "failed", "1.jpg": "failed", "2.jpg": "done"}
    replacing = request(tmp_path / "in", output=tmp_path / "out", controls=SERIES, overwrite=True)
    assert states(run_all(replacing, style)) == {"0.jpg": "done", "1.jpg": "done", "2.jpg": "skipped"}
    assert not np.array_equal(before, read_photo(tmp_path / "out/0.jpg").pixels)


def test_a_photo_that_breaks_the_reader_costs_the_others_of_its_series_nothing(
    session: Path, monkeypatch: pytest.MonkeyPatch
):
    def reading(path: Path) -> Proxy:
        if path.name == "b.jpg":
            raise RuntimeError("a bug of a library")
        return read_proxy(path)

    monkeypatch.setattr(series, "read_proxy", reading)
    style = Style("mine", "instant", num_photos=12, photos=colors_of_people(12))
    asked = request(session, output=session / "out", controls=SERIES, series="folder")
    found = planned(asked, style)
    looks = SeriesLooks(found.series, style, SERIES)
    assert all(looks.look_for(task) is not None for task in found.tasks)


def test_a_series_without_a_look_fails_photo_by_photo_and_no_other_does(session: Path, monkeypatch: pytest.MonkeyPatch):
    asked_for = []

    def looking(proxies: Iterable[Proxy], style: Style, controls: Controls) -> Look | None:
        asked_for.append(len(list(proxies)))
        if asked_for[-1] == 2:
            raise MemoryError if len(asked_for) == 1 else RuntimeError("a bug")
        return Look.identity()

    monkeypatch.setattr(series, "look_of_series", looking)
    asked = request(session, output=session / "out", controls=SERIES, series="folder")
    outcomes = run_all(asked, warm_style(), workers=2)
    failed = {outcome.task.source.name: str(outcome.error) for outcome in outcomes if outcome.state == "failed"}
    assert sorted(failed) == ["g.jpg", "h.jpg"]
    assert all("memory" in why or "a bug" in why for why in failed.values())
    assert sorted(asked_for) == [2, 7]
    assert [outcome.state for outcome in outcomes].count("done") == 7
