"""Masks, groups, series and gray that becomes color, in the real GIMP."""

import gimp_cells
import pytest
from gimp_host import GimpHost, GimpRun

pytestmark = pytest.mark.gimp


@pytest.fixture(scope="module")
def run(gimp: GimpHost) -> GimpRun:
    gimp_cells.write_picture(gimp.tmp)
    gimp_cells.write_photos(gimp.tmp / "photos")
    return gimp.python("layers.py").check()


def test_without_a_display_the_dialogs_are_an_error_and_no_crash(run):
    (line,) = run.of("no display")
    assert line["statuses"] == ["execution-error"] * 2
    assert all("There is no display for a dialog" in message for message in line["messages"])


@pytest.mark.parametrize("selects", [False, True])
@pytest.mark.parametrize("applied", [False, True])
def test_the_new_layer_hides_what_the_mask_of_its_source_hides(run, selects, applied):
    (line,) = [line for line in run.of("mask") if (line["selects"], line["applied"]) == (selects, applied)]
    assert line["message"] == ""
    assert line["error"] < 0.005
    assert line["selection_kept"]
    assert line["channels"] == 0, "no channel is left behind"


def test_a_layer_in_a_group_gets_its_new_layer_in_the_group(run):
    (line,) = run.of("group")
    assert line["inside"] == ["golden-hour 100%", "photo"], line["message"]
    assert line["outside"] == ["group"]


def test_a_group_is_restyled_layer_by_layer_each_once(run):
    (line,) = run.of("whole group")
    assert line["inside"] == ["golden-hour 100%", "photo", "golden-hour 100% #1", "photo copy"], line["message"]


@pytest.mark.parametrize(("output", "layers"), [("new-layer", 2), ("replace", 1)])
def test_gray_becomes_color_where_that_is_asked_for(run, output, layers):
    (line,) = [line for line in run.of("color") if line["output"] == output]
    assert line["base"] == "rgb", line["message"]
    assert line["gray"] == [False] * layers


def test_layers_of_a_series_get_one_look_each_other_than_its_own(run):
    (line,) = run.of("series")
    assert line["differ"] == [True, True], line["message"]


@pytest.mark.parametrize(("several", "name"), [(False, ""), (True, "“clear”: ")])
def test_a_layer_with_nothing_to_see_is_told_and_nothing_is_left_of_the_others(run, several, name):
    (line,) = [line for line in run.of("clear") if line["several"] == several]
    assert line["message"].endswith(
        f"{name}every pixel of the layer is transparent (nothing to see); select another layer"
    )
    assert ("“clear”" in line["message"]) == several
    assert line["same"]
    assert line["left"] == 0
