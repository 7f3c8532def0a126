"""The benchmark of variations."""

import numpy as np
import pytest

pytest.importorskip("color_matcher", reason="color-matcher is an extra of ours for benchmarks")

from portrait_atelier.benchmarks import variations
from recovery_material import arguments_of, columns_of, make_folder


@pytest.fixture
def folder(tmp_path):
    return make_folder(tmp_path)


def test_variations_are_summed_up():
    varied = variations.Varied.of(np.array([2.0, 4.0]), np.array([[1.0, 5.0], [3.0, 2.0]]), 0.5)
    assert varied == variations.Varied(first=3.0, best=2.5, best_photos=1.5, mean=2.75, spread=0.5)
    row = columns_of(variations.table({("k, mixed", 5): [varied, varied]}))
    assert (row["N"], row["looks"], row["best / z0"], row["mean / z0"]) == ("5", "2", "0.83", "0.92")


def test_variations_of_a_style_are_measured(folder, capsys):
    assert variations.main(arguments_of(folder, "--counts", "2", "--num-looks", "1", "--drawings", "mixed")) == 0
    row = columns_of(capsys.readouterr().out)
    assert row["people"] == "made, mixed"
    assert float(row["best of 8"]) <= float(row["mean of 8"])


def test_a_missing_folder_is_told(folder, capsys):
    arguments = ["--looks", str(folder / "looks.npz"), "--photos", f"made={folder / 'photos'}", "--backdrop"]
    with pytest.raises(SystemExit):
        variations.main(arguments)
    assert "made: backdrops need subject masks" in capsys.readouterr().err
