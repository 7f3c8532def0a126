"""The form that begins a training: what counts are the photos that the fields name when it is sent."""

from pathlib import Path

import pytest

gr = pytest.importorskip("gradio", reason="the panel needs Gradio")

from photo_files import save, smooth  # noqa: E402
from portrait_atelier.core.photos.folder import Finding  # noqa: E402
from portrait_atelier.core.texts import Text  # noqa: E402
from portrait_atelier.panel.context import Panel  # noqa: E402
from portrait_atelier.panel.learn_tab import _UNCHECKED, LearnTab  # noqa: E402
from portrait_atelier.panel.orders import Photos  # noqa: E402
from portrait_atelier.panel.panel_settings import PanelSettings  # noqa: E402
from portrait_atelier.panel.photo_check import left_out_thumbnails  # noqa: E402
from portrait_atelier.panel.sessions import Sessions  # noqa: E402
from portrait_atelier.panel.trainings import TrainingStore  # noqa: E402

FILES = [Path("/tab/a.jpg"), Path("/tab/b.jpg")]
DROPPED = Photos(Path("/tab/photos-1"), is_copy=True, count=2, files=tuple(FILES))
NAMED = Photos(Path("/mine"), is_copy=False, count=9)


@pytest.fixture
def tab(tmp_path) -> LearnTab:
    with gr.Blocks():
        return LearnTab(Panel(PanelSettings(), TrainingStore(tmp_path / "trainings"), Sessions(tmp_path / "tabs", 60)))


@pytest.mark.parametrize(
    ("looked_at", "files", "folder", "current"),
    [
        (None, [], "", None),
        (DROPPED, FILES, "", DROPPED),
        (DROPPED, FILES[:1], "", _UNCHECKED),  # one was taken away, and the others are still being looked at
        (None, FILES, "", _UNCHECKED),  # the first look is not over, or found nothing
        (NAMED, [], "/mine", NAMED),
        (NAMED, FILES, "/mine", NAMED),  # named after they were dropped
        (NAMED, [], "/other", Photos(Path("/other"), is_copy=False)),  # typed, and not confirmed by Enter
        (None, [], " /other ", Photos(Path("/other"), is_copy=False)),
        (NAMED, [], "", None),
        (NAMED, FILES, "", _UNCHECKED),
    ],
)
def test_a_training_learns_from_what_the_fields_hold_now(tab, looked_at, files, folder, current):
    found = tab._current(looked_at, [str(path) for path in files], folder)
    assert found is current if current is _UNCHECKED else found == current


def test_thumbnails_of_other_photos_have_other_names(tmp_path):
    findings = []
    for number in range(2):
        path = save(tmp_path / f"{number}.png", smooth() // (1 + number))
        findings.append(Finding(path, "too small", Text("{size} pixels", size="40 x 40")))
    both = left_out_thumbnails(findings, tmp_path / "thumbnails")
    (alone,) = left_out_thumbnails(findings[1:], tmp_path / "thumbnails")
    assert alone == both[1]
    assert both[0][0] != both[1][0]
