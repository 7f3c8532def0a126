"""The benchmark of whether a style depends on its photos."""

import numpy as np
import pytest

pytest.importorskip("color_matcher", reason="color-matcher is an extra of ours for benchmarks")

from portrait_atelier.benchmarks import style_controls
from portrait_atelier.benchmarks.recovery_cases import people_of
from portrait_atelier.benchmarks.recovery_settings import Place
from recovery_material import arguments_of, columns_of, make_folder, photo, settings_of


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path)


def test_controls_are_measured_before_backdrops_too(folder, capsys):
    chosen = ("--counts", "4", "--num-looks", "1", "--drawings", "mixed", "--backdrop")
    assert style_controls.main(arguments_of(folder, *chosen)) == 0
    row = columns_of(capsys.readouterr().out)
    assert row["people"] == "made, mixed, backdrop"
    assert row["own"].endswith("(1.00)")
    assert row["another"] != row["own"]


def test_another_set_has_nobody_who_is_restyled(folder):
    settings, place = settings_of(folder), Place("made", "mixed", 0, False)
    seen = style_controls._other_set(settings, place, 12)
    tested = people_of(settings, place, 0)[0]
    gray = np.ptp(np.stack(seen).astype(int), axis=-1).max() <= 1
    assert gray  # the next look is black-and-white
    means = {round(float(photo(index).mean(-1).mean())) for index in tested}
    assert not means & {round(float(picture.mean())) for picture in seen}


def test_the_mean_set_is_of_all_looks(folder):
    settings, place = settings_of(folder), Place("made", "mixed", 0, False)
    photos = style_controls._mean_set(settings, place, 4)
    grays = [np.ptp(picture.astype(int), axis=-1).max() <= 1 for picture in photos]
    assert sorted(grays) == [False, False, True, True]
