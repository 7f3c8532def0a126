"""Every kind of layer in the real GIMP, restyled by the plug-in and by the command line: the pixels are the same."""

import shutil
from collections import defaultdict
from pathlib import Path

import gimp_cells
import numpy as np
import pytest
from gimp_cells import Cell, distance, every_cell, floats
from gimp_host import GimpHost

pytestmark = pytest.mark.gimp


@pytest.fixture(scope="module")
def restyled(gimp: GimpHost) -> dict[str, dict]:
    """What GIMP said of each cell; one run of GIMP for all of them."""
    folder = gimp.tmp / "cells"
    shutil.rmtree(folder, ignore_errors=True)
    gimp_cells.write_cells(folder, every_cell())
    run = gimp.python("matrix.py").check()
    said = {line["name"]: line for line in run.of("cell")}
    expected = _by_the_command_line(gimp, folder, said)
    for name, pixels in expected.items():
        said[name]["expected"] = pixels
    return said


def _by_the_command_line(gimp: GimpHost, folder: Path, said: dict[str, dict]) -> dict[str, np.ndarray]:
    """The same pixels restyled by `atelier apply`, one call for all cells with the same controls."""
    groups: dict[tuple[str, ...], list[Cell]] = defaultdict(list)
    for cell in every_cell():
        if cell.name in said:
            gimp_cells.as_tiff(cell, floats(folder / f"{cell.name}.before", cell), folder / f"{cell.name}.tif")
            groups[_words(cell)].append(cell)
    found = {}
    for number, (words, cells) in enumerate(groups.items()):
        output = folder / f"out{number}"
        done = gimp.atelier("apply", *(str(folder / f"{cell.name}.tif") for cell in cells), "-o", str(output), *words)
        assert done.returncode == 0, done.stderr
        found |= {cell.name: gimp_cells.from_tiff(output / f"{cell.name}.tif") for cell in cells}
    return found


def _words(cell: Cell) -> tuple[str, ...]:
    given = {"style": "golden-hour", **cell.arguments}
    given.pop("output", None)
    return tuple(word for key, value in given.items() for word in (f"--{key}", str(value)))


def _matters(cell: Cell, folder: Path) -> np.ndarray:
    """(H, W) bool: the pixels that can be seen and are selected."""
    shown = floats(folder / f"{cell.name}.before", cell)[..., -1] > 0
    if not cell.selection:
        return shown
    return shown & (floats(folder / f"{cell.name}.selection", cell)[..., 0] > 0)


def _new_layers() -> list[Cell]:
    return [cell for cell in every_cell() if cell.arguments.get("output") != "replace"]


@pytest.mark.parametrize("cell", _new_layers(), ids=lambda cell: cell.name)
def test_a_new_layer_has_the_pixels_of_the_command_line(restyled, gimp, cell):
    said, folder = restyled[cell.name], gimp.tmp / "cells"
    assert said["status"] == "success", said["message"]
    before, (new, source) = said["before"][0], said["after"]
    assert {**source, "selected": True} == before, "the source is as it was, but for the selection"
    assert new["selected"]
    assert (new["alpha"], new["gray"], new["visible"]) == (True, before["gray"], True)
    seen = _matters(cell, folder)
    window = _window(new, source)
    ours = floats_of(folder / f"{cell.name}.layer0", new)
    theirs, pixels = said["expected"][window], seen[window]
    assert pixels.sum() == seen.sum(), "the new layer covers what is selected"
    assert distance(cell, ours[..., :-1][pixels], theirs[pixels]) <= gimp_cells.TOLERANCES[cell.depth]
    alpha = floats(folder / f"{cell.name}.before", cell)[window][..., -1]
    assert np.abs(ours[..., -1] - alpha)[pixels].max() <= 1e-3


def _window(new: dict, source: dict) -> tuple[slice, slice]:
    """The part of the source that the new layer lies over."""
    left, top = (a - b for a, b in zip(new["place"], source["place"], strict=True))
    assert left >= 0
    assert top >= 0
    return slice(top, top + new["size"][1]), slice(left, left + new["size"][0])


def floats_of(path: Path, layer: dict) -> np.ndarray:
    return np.fromfile(path, np.float32).reshape(layer["size"][1], layer["size"][0], -1)


@pytest.mark.parametrize("cell", [cell for cell in _new_layers() if cell.selection], ids=lambda cell: cell.name)
def test_a_selection_becomes_the_mask_of_the_new_layer(restyled, gimp, cell):
    said, folder = restyled[cell.name], gimp.tmp / "cells"
    new, source = said["after"]
    assert new["mask"]
    mask = np.fromfile(folder / f"{cell.name}.mask0", np.float32).reshape(new["size"][1], new["size"][0])
    selection = floats(folder / f"{cell.name}.selection", cell)[..., 0]
    window = _window(new, source)
    assert np.abs(mask - selection[window]).max() <= 1 / 255
    assert selection.sum() == pytest.approx(selection[window].sum())
    if cell.selection[-1]:
        assert len(np.unique(mask)) > 10, "feathered"


@pytest.mark.parametrize(
    "cell", [cell for cell in every_cell() if cell.arguments.get("output") == "replace"], ids=lambda cell: cell.name
)
def test_replaced_pixels_are_those_of_the_command_line_where_selected(restyled, gimp, cell):
    said, folder = restyled[cell.name], gimp.tmp / "cells"
    assert said["status"] == "success", said["message"]
    (before,), (after,) = said["before"], said["after"]
    assert {**after, "pixels": ""} == {**before, "pixels": ""}
    assert after["pixels"] != before["pixels"]
    source = floats(folder / f"{cell.name}.before", cell)
    ours = floats(folder / f"{cell.name}.layer0", cell)
    selection = floats(folder / f"{cell.name}.selection", cell)
    selection = selection if cell.selection else np.ones_like(selection)
    shown = source[..., -1] > 0
    assert np.array_equal(ours[selection[..., 0] == 0], source[selection[..., 0] == 0])
    fully = shown & (selection[..., 0] == 1)
    assert distance(cell, ours[..., :-1][fully], said["expected"][fully]) <= gimp_cells.TOLERANCES[cell.depth]
    assert np.array_equal(ours[..., -1], source[..., -1])


def test_the_styles_change_the_pictures_enough_to_be_compared(restyled, gimp):
    for cell in every_cell():
        source = floats(gimp.tmp / "cells" / f"{cell.name}.before", cell)[..., :-1]
        assert np.abs(restyled[cell.name]["expected"] - source).mean() > 0.01, cell.name
