"""Styled layers that are changed later, in the real GIMP: from their source, in one step, keeping what users did."""

import gimp_cells
import pytest
from gimp_host import GimpHost, GimpRun

pytestmark = pytest.mark.gimp


@pytest.fixture(scope="module")
def run(gimp: GimpHost) -> GimpRun:
    gimp_cells.write_picture(gimp.tmp)
    return gimp.python("edits.py").check()


def test_a_new_layer_is_seen_as_its_source_and_is_selected(run):
    (line,) = run.of("kept")
    assert line["new"] == line["source"], line["message"]
    assert (line["new"]["mode"], line["new"]["visible"]) == ("softlight", False)
    assert line["selected"] == ["golden-hour 100%"]


def test_a_stored_layer_is_changed_later_whatever_is_selected_and_keeps_mask_and_opacity(run):
    (line,) = run.of("edited")
    assert line["status"] == "success", line["message"]
    new, source = line["after"]
    assert source["pixels"] == line["before"][1]["pixels"]
    assert line["before"][0]["pixels"] != new["pixels"] == line["direct"]
    assert new["name"] == "golden-hour 50%, subject"
    assert line["shown"]["mask"]
    assert line["shown"]["opacity"] == pytest.approx(40, abs=0.1)
    (line,) = run.of("selected")
    assert line == {"event": "selected", "empty": False, "channels": 0}


def test_another_region_gets_another_mask_and_a_name_of_the_users_stays(run):
    (line,) = run.of("whole")
    assert line["status"] == "success", line["message"]
    assert not line["shown"]["mask"]
    assert line["name"] == "silver-gelatin 50%"
    (line,) = run.of("renamed")
    assert line["name"] == "Anna, warm"


def test_a_source_that_is_gone_and_a_layer_that_is_not_ours_are_told(run):
    (line,) = run.of("no source")
    assert line["status"] == "execution-error"
    assert "was made from the layer “photo”, which is not in this image any more" in line["message"]
    (line,) = run.of("not ours")
    assert "“photo” was not made by Portrait Style" in line["message"]
    assert line["layers"] == 1


def test_what_others_wrote_into_a_file_is_no_memory_of_ours_and_changes_nothing(run):
    (line,) = run.of("written by others")
    assert len(line["ended"]) > 15
    for name, ended in line["ended"].items():
        assert ended["status"] == "execution-error", name
        assert "“golden-hour 100%” was not made by Portrait Style" in ended["message"], name
        assert ended["same"], name
    (line,) = run.of("our own")
    assert line["status"] == "success", line["message"]
