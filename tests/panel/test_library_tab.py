"""The tab of the library without a browser: loading, and the order of its events."""

from types import SimpleNamespace

import pytest
from portrait_atelier.panel.library_changes import duplicate_style, library_state
from table_files import write_cube_3d

pytestmark = pytest.mark.usefixtures("library")

_NOBODY = SimpleNamespace(headers={}, session_hash="tab")
_CHANGES_THE_CHOICE = {
    "on_load",
    "on_load_if_changed",
    "_select",
    "_duplicate",
    "_remove",
    "_restore",
    "_add",
    "_describe",
}


@pytest.fixture
def library(tmp_path, monkeypatch):
    monkeypatch.setenv("ATELIER_STYLES", str(tmp_path / "styles"))


@pytest.fixture
def app(tmp_path):
    pytest.importorskip("gradio")
    from portrait_atelier.panel.app import build_app
    from portrait_atelier.panel.context import Panel
    from portrait_atelier.panel.panel_settings import PanelSettings
    from portrait_atelier.panel.trainings import TrainingStore

    covers = tmp_path / "covers"
    covers.mkdir()
    sessions = SimpleNamespace(folder=lambda request: covers, end=None, keep=None)
    return build_app(Panel(PanelSettings(), TrainingStore(tmp_path / "trainings"), sessions), "secret")


def _library_events(app):
    found = [fn for fn in app.fns.values() if "LibraryTab" in getattr(fn.fn, "__qualname__", "")]
    return [fn for fn in found if fn.name in _CHANGES_THE_CHOICE]


def test_the_state_changes_with_every_change_of_the_library():
    before = library_state()
    assert library_state() == before
    duplicate_style("soft-pastel")
    assert len(library_state()) == len(before) + 1


def test_a_tab_that_shows_the_library_as_it_is_leaves_the_choice_alone(app):
    import gradio as gr

    fill = next(fn.fn for fn in _library_events(app) if fn.name == "on_load_if_changed")
    state, _, _, chosen, *_ = fill(None, None, None, None, _NOBODY)
    assert state == library_state()
    again = fill(state, chosen, None, None, _NOBODY)
    assert all(value == gr.skip() for value in again)
    duplicate_style("soft-pastel")
    changed = fill(state, "soft-pastel", None, None, _NOBODY)
    assert changed[0] == library_state()
    assert changed[3] == "soft-pastel"


def test_what_changes_the_choice_is_done_in_the_order_of_the_clicks(app):
    events = _library_events(app)
    assert {fn.name for fn in events} == _CHANGES_THE_CHOICE
    assert {fn.concurrency_id for fn in events} == {"library"}
    assert {fn.concurrency_limit for fn in events} == {1}


def test_a_color_table_is_added_as_a_style(app, tmp_path):
    add = next(fn.fn for fn in _library_events(app) if fn.name == "_add")
    chosen, cleared, _ = add(str(write_cube_3d(tmp_path / "film.cube")), _NOBODY)
    assert (chosen, cleared) == ("film", None)
    assert "film" in [name for name, *_ in library_state()]
    (tmp_path / "bad.cube").write_text("x")
    assert "cannot be used as a color table" in add(str(tmp_path / "bad.cube"), _NOBODY)[2]
