"""Text, link and vector layers, layers with effects and layers with a mask, in the real GIMP."""

import gimp_cells
import pytest
from gimp_host import GimpHost, GimpRun

pytestmark = pytest.mark.gimp


@pytest.fixture(scope="module")
def run(gimp: GimpHost) -> GimpRun:
    gimp_cells.write_picture(gimp.tmp)
    return gimp.python("special_layers.py", fonts=True).check()


def drawn(run: GimpRun, gimp: GimpHost, kind: str, output: str) -> dict:
    if kind != "text" and gimp.version == "3.0":
        pytest.skip(f"GIMP 3.0 has no {kind} layers")
    (line,) = [line for line in run.of("drawn") if (line["kind"], line["output"]) == (kind, output)]
    assert line["status"] == "success", line["message"]
    assert line["as_plain"], "the pixels are those of a plain layer that looks the same"
    assert line["behind_is_as_before"]
    return line


@pytest.mark.parametrize("kind", ["text", "link", "vector"])
def test_a_layer_that_gimp_draws_itself_gets_a_new_layer_and_stays(run, gimp, kind):
    line = drawn(run, gimp, kind, "new-layer")
    assert line["names"] == ["golden-hour 100%", kind, "photo"]
    assert line["source_is_as_before"]


@pytest.mark.parametrize("kind", ["text", "link", "vector"])
def test_its_pixels_can_be_replaced_and_that_it_is_rasterized_is_told(run, gimp, kind):
    line = drawn(run, gimp, kind, "replace")
    assert line["names"] == [kind, "photo"]
    assert not line["source_is_as_before"]
    assert f"“{kind}” was a text, link or vector layer; now it holds pixels. Undo brings it back." in run.output


@pytest.mark.parametrize(("output", "kept", "left"), [("new-layer", True, 1), ("replace", False, 0)])
def test_of_a_layer_with_effects_what_is_seen_is_restyled(run, output, kept, left):
    (line,) = [line for line in run.of("effects") if line["output"] == output]
    assert line["status"] == "success", line["message"]
    assert line["as_seen"]
    assert (line["kept"], line["left"]) == (kept, left)


def test_a_layer_keeps_its_mask_when_its_pixels_are_replaced(run):
    (line,) = run.of("mask stays")
    assert (line["same"], line["changed"], line["applied"]) == (True, True, True), line["message"]
