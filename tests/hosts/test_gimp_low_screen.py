"""The dialogs on the screens of laptops: each is on the screen as a whole, and keys do in it what they do elsewhere."""

import json
from collections.abc import Iterator

import gimp_cells
import pytest
from gimp_host import GimpHost, GimpRun

pytestmark = pytest.mark.gimp


@pytest.fixture(scope="module", params=["1366x768", "1280x720"])
def shown(request: pytest.FixtureRequest, gimp: GimpHost) -> Iterator[tuple[str, GimpRun]]:
    gimp.forget_last_values()
    gimp_cells.write_picture(gimp.tmp)
    for folder in ("Pictures/checked", "Pictures/other"):
        (gimp.home / folder).mkdir(parents=True, exist_ok=True)
        gimp_cells.write_photos(gimp.home / folder)
    for name in ("broken", "empty"):
        (gimp.home / "Pictures/checked" / f"{name}.jpg").write_bytes(b"")
    run = gimp.python("low_screen.py", driver="low_screen_user.py", screen=request.param, ATELIER_DEBUG="1")
    yield request.param, run.check()
    for style in gimp.home.rglob("checked.safetensors"):  # a second one could not be called so
        style.unlink()


def test_every_dialog_is_on_the_screen_with_all_its_buttons(shown, gimp):
    width, height = (int(side) for side in shown[0].split("x"))
    places = json.loads((gimp.tmp / "user.json").read_text())
    assert set(places) == {"style", "detail", "edit", "table", "many", "learn", "learnt"}
    for name, (left, top, across, down) in places.items():
        assert left >= 0, name
        assert top >= 0, name
        assert left + across <= width, name
        assert top + down <= height, name


def test_return_in_the_field_of_a_number_takes_it_and_is_ok(shown):
    (line,) = shown[1].of("restyled")
    assert line["names"] == ["golden-hour 70%", "photo"]
    (line,) = shown[1].of("edited")
    assert line["names"] == ["golden-hour 40%", "photo"]


def test_choosers_begin_where_something_was_chosen_last(shown, gimp):
    kept = json.loads((gimp.config / "portrait-style.json").read_text())
    assert kept["folders"]["photos"].endswith("/home/Pictures"), "from the home folder at first, then from there"
    assert kept["learnt"] == "checked", "the folder suggested the name"
