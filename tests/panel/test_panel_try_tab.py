"""The tab that gives styles to photos: what is late takes nothing back that came after it."""

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

gr = pytest.importorskip("gradio", reason="the panel needs Gradio")

from portrait_atelier.core.errors import StyleError  # noqa: E402
from portrait_atelier.panel import try_tab  # noqa: E402
from portrait_atelier.panel.context import Panel  # noqa: E402
from portrait_atelier.panel.panel_settings import PanelSettings  # noqa: E402
from portrait_atelier.panel.sessions import Sessions  # noqa: E402
from portrait_atelier.panel.trainings import TrainingStore  # noqa: E402
from portrait_atelier.panel.try_photos import TryPhoto  # noqa: E402
from portrait_atelier.panel.try_tab import TryTab  # noqa: E402

PHOTOS = [TryPhoto(Path("photo.jpg"), Path("small.jpg"))]
PAGE = SimpleNamespace(session_hash="page", headers={}, request=None)
SKIPPED = gr.skip()


@pytest.fixture
def tab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TryTab:
    """A tab whose pictures take no time to make."""
    with gr.Blocks():
        made = TryTab(Panel(PanelSettings(), TrainingStore(tmp_path / "trainings"), Sessions(tmp_path / "tabs", 60)))
    (tmp_path / "photo.zip").touch()
    monkeypatch.setattr(made, "_order_for", lambda photos, *_: (photos[0], None))
    monkeypatch.setattr(made, "_order", lambda *_: None)
    monkeypatch.setattr(Sessions, "folder", lambda *_: tmp_path)
    monkeypatch.setattr(try_tab, "in_use", lambda _: nullcontext())
    monkeypatch.setattr(try_tab, "restyle_preview", lambda *_: ("before.png", "after.png"))
    monkeypatch.setattr(try_tab, "restyle_full", lambda *_: ("before-full.png", "after-full.png"))
    monkeypatch.setattr(try_tab, "restyle_files", lambda *_: (tmp_path / "photo.zip", []))
    return made


def _meanwhile(monkeypatch: pytest.MonkeyPatch, name: str, act: Callable[[], object], result: object) -> None:
    """While one picture is made, another event comes to its end."""

    def slow(*_: object) -> object:
        monkeypatch.setattr(try_tab, name, lambda *_: result)
        act()
        if isinstance(result, Exception):
            raise result
        return result

    monkeypatch.setattr(try_tab, name, slow)


def _is_skipped(shown: object) -> bool:
    return shown == SKIPPED


def test_a_preview_clears_the_message_before_it(tab: TryTab):
    shown, told = tab._look(PAGE, PHOTOS)
    assert not _is_skipped(shown)
    assert told == ""


def test_the_first_preview_of_photos_leaves_what_was_said_of_those_that_cannot_be_read(tab: TryTab):
    shown, told = tab._look_first(PAGE, PHOTOS)
    assert not _is_skipped(shown)
    assert _is_skipped(told)


@pytest.mark.parametrize("late", [("b.png", "a.png"), StyleError("choose a style first")])
def test_a_late_preview_leaves_the_message_of_the_file_that_was_made(
    tab: TryTab, monkeypatch: pytest.MonkeyPatch, late: object
):
    made = []
    _meanwhile(monkeypatch, "restyle_preview", lambda: made.append(tab._write(PAGE, gr.Progress(), PHOTOS, {})), late)
    shown, told = tab._look(PAGE, PHOTOS)
    assert len(made) == 1
    assert _is_skipped(told)
    assert _is_skipped(shown) == isinstance(late, Exception)


def test_a_late_preview_leaves_the_photo_at_full_size(tab: TryTab, monkeypatch: pytest.MonkeyPatch):
    _meanwhile(monkeypatch, "restyle_preview", lambda: tab._look_full(PAGE, PHOTOS), ("b.png", "a.png"))
    assert all(map(_is_skipped, tab._look(PAGE, PHOTOS)))


def test_a_late_photo_at_full_size_leaves_the_preview_of_a_change_since(tab: TryTab, monkeypatch: pytest.MonkeyPatch):
    _meanwhile(monkeypatch, "restyle_full", lambda: tab._look(PAGE, PHOTOS), ("b.png", "a.png"))
    assert all(map(_is_skipped, tab._look_full(PAGE, PHOTOS)))
