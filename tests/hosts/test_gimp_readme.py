"""The examples of the README, run as they stand in the real GIMP; and the plug-in as GIMP lists it."""

import re
from pathlib import Path

import gimp_cells
import numpy as np
import pytest
from gimp_host import GimpHost
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.styles.cover import astronaut

pytestmark = pytest.mark.gimp
README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def example(mark: str) -> str:
    block = re.search(rf"<!-- {mark} -->\n```bash\n(.*?)```", README, re.DOTALL)
    assert block is not None, mark
    return block[1]


def test_the_examples_do_what_the_command_line_does(gimp: GimpHost):
    work = gimp.tmp / "work"
    work.mkdir()
    photo = Photo(np.ascontiguousarray(astronaut().pixels[:200, 100:300]))
    write_photo(photo, work / "portrait.png")
    commands = f"cd /tmp/work\n{example('gimp-script-fu')}\n{example('gimp-python')}"
    run = gimp.shell(commands).check()
    for style in ("golden-hour", "silver-gelatin"):
        assert (work / f"portrait.{style}.png").exists(), run.output[-4000:]
        ours = read_photo(work / f"portrait.{style}.png").pixels
        done = gimp.atelier(
            "apply", str(work / "portrait.png"), "-s", style, "--strength", "0.8", "-o", str(work / f"{style}.png")
        )
        assert done.returncode == 0, done.stderr
        theirs = read_photo(work / f"{style}.png").pixels
        assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 2
        assert np.abs(ours.astype(int) - photo.pixels.astype(int)).mean() > 3


def test_several_layers_lists_and_learning(gimp: GimpHost):
    gimp_cells.write_picture(gimp.tmp)
    gimp_cells.write_photos(gimp.tmp / "photos")
    run = gimp.python("procedures.py").check()
    (listed,) = run.of("list")
    assert {"golden-hour", "silver-gelatin"} <= set(listed["names"])
    (several,) = run.of("several")
    assert several["status"] == "success", several["message"]
    names = [layer["name"] for layer in several["layers"]]
    assert names[1::2] == ["above", "below"]
    assert len(names) == 4
    assert [layer["selected"] for layer in several["layers"]] == [True, False, True, False]
    (learnt,) = run.of("learnt")
    assert learnt["status"] == "success", learnt["message"]
    assert "Our Look" in learnt["names"]
    assert learnt["applied"]["status"] == "success", learnt["applied"]["message"]
    assert learnt["again"]["status"] != "success", "a taken name is refused"
    assert "Our Look" in learnt["again"]["message"]


def test_the_command_line_says_that_gimp_shows_it(gimp: GimpHost):
    gimp.python("procedures.py")
    said = gimp.atelier("gimp", "status")
    assert said.returncode == 0, said.stdout + said.stderr
    assert "GIMP shows it: Filters > Portrait Atelier > Portrait Style…" in said.stdout
