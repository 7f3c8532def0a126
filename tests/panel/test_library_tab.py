"""The tab of the library without a browser: loading, and the order of its events."""

import io
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from people_material import colors_of_people
from PIL import Image
from portrait_atelier.core.folders import library_folder
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.reports.sharing import write_share_zip
from portrait_atelier.core.styles.library import rename_style, store_style
from portrait_atelier.core.styles.sources import StyleSource, learnt_hash, remember_source, source_of
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import load_style
from portrait_atelier.panel.improvements import earlier_form, improving_training
from portrait_atelier.panel.library_changes import (
    change_cover,
    describe_style,
    duplicate_style,
    library_state,
    open_style,
)
from portrait_atelier.panel.trainings import StoredRequest, Training, TrainingStore
from table_files import write_cube_3d

pytestmark = pytest.mark.usefixtures("library")

_NOBODY = SimpleNamespace(headers={}, session_hash="tab")
_CHANGES_THE_CHOICE = {
    "on_load",
    "on_load_if_changed",
    "_show",
    "_select",
    "_duplicate",
    "_remove",
    "_restore",
    "_add",
    "_add_as",
    "_add_over",
    "_change_cover",
    "_reset_cover",
    "_describe",
    "_put_improved",
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
    parts = ("LibraryTab", "ImprovedOffer", "CoverPart")
    found = [fn for fn in app.fns.values() if getattr(fn.fn, "__qualname__", "").startswith(parts)]
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
    chosen, cleared, *_ = add(str(write_cube_3d(tmp_path / "film.cube")), _NOBODY)
    assert (chosen, cleared) == ("film", None)
    assert "film" in [name for name, *_ in library_state()]
    (tmp_path / "bad.cube").write_text("x")
    assert "cannot be used as a color table" in add(str(tmp_path / "bad.cube"), _NOBODY)[2]


def test_the_zip_of_a_shared_style_is_added(app, tmp_path):
    add = next(fn.fn for fn in _library_events(app) if fn.name == "_add")
    style = resolve_style("golden-hour").renamed("from a colleague")
    write_share_zip(style, tmp_path / "shared.zip")
    assert add(str(tmp_path / "shared.zip"), _NOBODY)[:2] == ("from a colleague", None)
    assert learnt_hash(open_style("from a colleague")) == learnt_hash(style)


def _event(app, owner: str, name: str):
    return next(fn.fn for fn in app.fns.values() if fn.name == name and owner in getattr(fn.fn, "__qualname__", ""))


def _own(name: str, source: str = "golden-hour"):
    return store_style(resolve_style(source).renamed(name))


def test_a_name_that_is_taken_is_asked_about_and_answered(app, tmp_path):
    import gradio as gr

    _own("mine")
    upload = resolve_style("low-key").renamed("mine").save(tmp_path / "upload")
    chosen, cleared, message, path, asked, told, name = _event(app, "LibraryTab", "_add")(str(upload), _NOBODY)
    assert (chosen, cleared, message, str(path)) == (gr.skip(), None, "", str(upload))
    assert asked["visible"] if isinstance(asked, dict) else asked.visible
    assert "mine is in your library already" in told
    assert (name["value"] if isinstance(name, dict) else name.value) == "mine 2"
    *_, told, _ = _event(app, "LibraryTab", "_add_as")(path, "mine", _NOBODY)
    assert "a style called &#x27;mine&#x27; exists" in told
    assert _event(app, "LibraryTab", "_add_as")(path, " another ", _NOBODY)[0] == "another"
    assert learnt_hash(open_style("mine")) == learnt_hash(resolve_style("golden-hour"))
    assert _event(app, "LibraryTab", "_add_over")(path, _NOBODY)[0] == "mine"
    assert learnt_hash(open_style("mine")) == learnt_hash(resolve_style("low-key"))
    (kept,) = (library_folder() / ".trash").glob("* mine.safetensors")
    assert learnt_hash(load_style(kept)) == learnt_hash(resolve_style("golden-hour"))
    again = _event(app, "LibraryTab", "_add")(str(upload), _NOBODY)
    assert "the very same" in again[2]


def test_a_cover_is_of_the_photo_that_was_chosen_and_can_be_the_usual_one_again(app, tmp_path):
    _own("mine")
    before = open_style("mine")
    Image.new("RGB", (60, 40), (20, 200, 20)).save(tmp_path / "green.png")
    assert _event(app, "CoverPart", "_change_cover")("mine", str(tmp_path / "green.png"))[0] == "mine"
    cover = Image.open(io.BytesIO(open_style("mine").cover))
    assert cover.size == (60, 40)
    assert np.asarray(cover, float).mean((0, 1)).argmax() == 1
    assert learnt_hash(open_style("mine")) == learnt_hash(before)
    _event(app, "CoverPart", "_reset_cover")("mine")
    assert Image.open(io.BytesIO(open_style("mine").cover)).size == (256, 256)


def test_a_style_is_learnt_again_from_its_folder_and_dropped_photos(app, tmp_path):
    learn = _event(app, "LearnAgain", "_learn")
    store = TrainingStore(tmp_path / "trainings")
    style = Style("mine", "instant", num_photos=6, photos=colors_of_people(6))
    store_style(style)
    assert "Drop photos first" in learn("", "mine", None, _NOBODY)[1]
    photos = tmp_path / "photos"
    photos.mkdir()
    for number in range(3):
        Image.new("RGB", (300, 300), (number, 9, 9)).save(photos / f"{number}.png")
    remember_source(style, StyleSource(photos, None, "look", True, {"seed": 4}))
    key, told = learn("", "mine", None, _NOBODY)
    assert "mine is being learnt again" in told
    training = store.find(key)
    assert training is not None
    assert (training.request.photos, training.request.instant, training.request.options.seed) == (photos, True, 4)
    assert "is being learnt already" in learn("", "mine", None, _NOBODY)[1]
    training.report(state="done")
    Image.new("RGB", (300, 300), (99, 9, 9)).save(tmp_path / "1.png")
    key, _ = learn("", "mine", [str(tmp_path / "1.png")], _NOBODY)
    both = store.find(key)
    assert both is not None
    names = sorted(path.name for path in Path(str(both.request.photos)).iterdir())
    assert names == ["0.png", "1.png", "2-1.png", "2.png"]


def test_what_is_said_of_the_photos_of_a_style_is_where_they_are(app, tmp_path):
    def said(name: str) -> str:
        shown = _event(app, "LibraryTab", "on_load")(name, None, None, _NOBODY)
        return next(text for text in shown if isinstance(text, str) and "rop" in text and "photos" in text)

    style = Style("mine", "instant", num_photos=6, photos=colors_of_people(6))
    store_style(style)
    assert "is not known here" in said("mine")
    remember_source(style, StyleSource())
    assert "such copies are not kept" in said("mine")
    remember_source(style, StyleSource(tmp_path / "photos"))
    assert "are not there any more" in said("mine")
    (tmp_path / "photos").mkdir()
    assert f"lie in {tmp_path / 'photos'}" in said("mine")


def test_keeping_asks_where_the_name_is_taken_and_remembers_the_photos(app, tmp_path):
    store = TrainingStore(tmp_path / "trainings")
    training = store.reserve()
    photos = tmp_path / "photos"
    photos.mkdir()
    store.begin(training, StoredRequest(name="mine", photos=photos, instant=True))
    style = Style("mine", "instant", num_photos=6, photos=colors_of_people(6))
    style.save(training.style_path)
    keep = _event(app, "Keeping", "_keep_style")
    _own("mine")
    kept, message, _, told, _ = keep("", training.key, _NOBODY)
    assert (kept, message) == (None, "")
    assert "mine is in your library already" in told
    kept, message, *_ = _event(app, "Keeping", "_keep_as")("", training.key, "mine 2", _NOBODY)
    assert kept == "mine 2"
    assert "mine 2 is in your library" in message
    kept, message, *_ = _event(app, "Keeping", "_keep_over")("", training.key, _NOBODY)
    assert kept == "mine"
    assert "mine is in your library" in message
    assert learnt_hash(open_style("mine")) == learnt_hash(open_style("mine 2")) == learnt_hash(style)
    kept, message, _, told, _ = keep("", training.key, _NOBODY)
    assert kept == "mine"
    assert "mine is in your library" in message
    assert told == ""
    found = source_of(style)
    assert found is not None
    assert (found.photos, found.instant) == (photos, True)


def test_the_library_shows_what_was_just_kept_beside_what_it_was_compared_with(app):
    import gradio as gr

    _own("mine")
    show = _event(app, "LibraryTab", "_show")
    state, gallery, _, chosen, left, right, *_ = show("mine", "low-key", _NOBODY)
    assert (state, chosen) == (library_state(), "mine")
    values = [each["value"] if isinstance(each, dict) else each.value for each in (left, right)]
    assert values == ["mine", "low-key"]
    index = gallery["selected_index"] if isinstance(gallery, dict) else gallery.selected_index
    assert index == 0  # one's own are the first
    assert all(value == gr.skip() for value in show(None, "low-key", _NOBODY))


def _kept_early(app, tmp_path: Path) -> Training:
    """A training whose first form is in the library, and that has improved it since."""
    store = TrainingStore(tmp_path / "trainings")
    training = store.reserve()
    store.begin(training, StoredRequest(name="mine", photos=tmp_path / "photos"))
    Style("mine", "instant", num_photos=6, photos=colors_of_people(6)).save(training.style_path)
    assert _event(app, "Keeping", "_keep_style")("", training.key, _NOBODY)[0] == "mine"
    Style("mine", "instant", num_photos=9, photos=colors_of_people(9)).save(training.style_path, overwrite=True)
    return training


def test_a_style_that_was_kept_early_takes_the_improved_form_with_one_button_and_keeps_its_texts_and_cover(
    app, tmp_path
):
    training = _kept_early(app, tmp_path)
    first = open_style("mine")
    describe_style("mine", {"description": "soft", "words": "for weddings", "licence": "mine"})
    photo = Photo(np.full((40, 60, 3), (0.1, 0.8, 0.1), np.float32))
    change_cover("mine", photo)
    chosen = open_style("mine").cover
    keep = _event(app, "Keeping", "_keep_style")
    kept, message, asked, *_ = keep("", training.key, _NOBODY)
    assert kept == "mine"
    assert "The improved mine is in your library" in message
    assert not (asked["visible"] if isinstance(asked, dict) else asked.visible)
    there = open_style("mine")
    assert learnt_hash(there) == learnt_hash(load_style(training.style_path)) != learnt_hash(first)
    assert (there.description, there.words, there.licence, there.cover) == ("soft", "for weddings", "mine", chosen)
    (before,) = (library_folder() / ".trash").glob("* mine.safetensors")
    assert learnt_hash(load_style(before)) == learnt_hash(first)
    assert "is in your library. GIMP" in keep("", training.key, _NOBODY)[1]  # it is the same now


def test_the_library_offers_the_improved_form_of_a_style_that_was_renamed(app, tmp_path):
    training = _kept_early(app, tmp_path)
    rename_style("mine", "ours")
    usual = open_style("ours").cover

    def offered(name: str) -> bool:
        shown = _event(app, "LibraryTab", "on_load")(name, None, None, _NOBODY)
        return any(isinstance(text, str) and "Training has improved" in text for text in shown)

    assert offered("ours")
    assert not offered("golden-hour")
    name, told = _event(app, "ImprovedOffer", "_put_improved")("ours", _NOBODY)
    assert name == "ours"
    assert "The improved ours is in your library" in told
    there = open_style("ours")
    assert (there.name, learnt_hash(there)) == ("ours", learnt_hash(load_style(training.style_path)))
    assert there.cover != usual  # it shows the new form
    assert not offered("ours")
    assert source_of(there) is not None


def test_a_style_that_was_replaced_or_deleted_since_is_not_called_improved(app, tmp_path):
    training = _kept_early(app, tmp_path)
    store_style(resolve_style("low-key").renamed("mine"), overwrite=True)
    assert earlier_form(training, load_style(training.style_path)) is None
    assert improving_training(TrainingStore(tmp_path / "trainings"), None, open_style("mine")) is None
    *_, told, _ = _event(app, "Keeping", "_keep_style")("", training.key, _NOBODY)
    assert "mine is in your library already" in told  # so it is asked about
