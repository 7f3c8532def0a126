"""The benchmark of trust in the verdict."""

import json
from dataclasses import replace

import pytest

pytest.importorskip("color_matcher", reason="color-matcher is an extra of ours for benchmarks")

from portrait_atelier.benchmarks.verdict_trust import Folder, main, old_share, report, spearman
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.styles.style import Style
from recovery_material import arguments_of, make_folder

NEAR = Folder("made", "film", 25, 1.0, 0.0, 8.0, 1.5, 2.0, 1.6, 0, 0, 0.95)


def test_ranks_are_correlated_and_equal_values_share_theirs():
    assert spearman([1, 2, 3], [10, 20, 90]) == pytest.approx(1)
    assert spearman([1, 2, 3], [3, 2, 1]) == pytest.approx(-1)
    assert spearman([1, 1, 2], [1, 2, 3]) == pytest.approx(0.866, abs=1e-3)


def test_the_old_share_is_large_where_the_floor_lies_above_the_ceiling():
    score = {"score": 3.9, "instant": 3.9, "floor": 5.0, "ceiling": 4.0}
    style = Style("mine", "fixed", look=Look.identity(), score=score)
    share = old_share(style)
    assert share is not None
    assert share > 0.9  # the fault that the verdict had
    assert old_share(replace(style, score={})) is None


def test_best_verdicts_in_the_worst_third_are_counted():
    far = replace(NEAR, truth=6.0, expected=5.0, network=2.0, after=3, share=2.0)
    middle = replace(NEAR, truth=2.5, expected=2.5, after=1, before=None, share=None)
    told = report([NEAR, middle, far])
    assert "before, share of the way: -1.00 (2 folders)" in told
    assert "after, expected distance: 1.00 (3 folders)" in told
    assert "best verdict before: 2 folders, 1 of them in the worst third" in told
    assert "best verdict after: 1 folders, 0 of them in the worst third" in told


def test_folders_are_simulated_learnt_judged_and_kept(tmp_path, capsys):
    kept = tmp_path / "kept.json"
    arguments = [*arguments_of(make_folder(tmp_path)), "--photographers", "2", "--keep", str(kept)]
    assert main(arguments) == 0
    first, second = json.loads(kept.read_text())
    assert first["second"] > 0 == second["second"]
    assert first["photos"] <= 4  # eight of twelve people are in no folder
    assert first["truth"] > 0
    assert first["before"] is None
    assert first["after"] >= 2
    before = capsys.readouterr().out
    assert main(arguments) == 0  # from what is kept
    assert capsys.readouterr().out == before
