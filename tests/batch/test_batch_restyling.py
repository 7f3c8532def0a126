"""One photo of a batch: whatever goes wrong with it is in its outcome."""

import errno
from pathlib import Path

import numpy as np
import pytest
from batch_material import request, warm_style, write_photo
from PIL import Image
from portrait_atelier.core.batch import restyling
from portrait_atelier.core.batch.fingerprint import Fingerprint
from portrait_atelier.core.batch.request import PhotoTask
from portrait_atelier.core.batch.restyling import Stopped, restyle_task
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.styles.applying import apply_style


@pytest.fixture
def task(tmp_path: Path) -> PhotoTask:
    return PhotoTask(write_photo(tmp_path / "a.jpg"), tmp_path / "out/a.png")


def test_a_photo_is_restyled_as_apply_style_does(task: PhotoTask):
    outcome = restyle_task(task, request(task.source), warm_style())
    assert (outcome.state, outcome.error, outcome.fingerprint) == ("done", None, Fingerprint.of(task.source))
    expected = apply_style(read_photo(task.source), warm_style()).pixels
    assert np.array_equal(read_photo(task.output).pixels, expected)


def test_before_and_after_are_written_side_by_side(task: PhotoTask):
    assert restyle_task(task, request(task.source, compare=True), warm_style()).state == "done"
    with Image.open(task.output.with_name("a.compare.jpg")) as both:
        left, right = (np.asarray(both)[40:50, at : at + 8].astype(int).mean((0, 1)) for at in (4, both.width - 12))
        assert both.width > 2 * 32
        assert left.shape == right.shape


@pytest.mark.parametrize(
    ("content", "text"), [(b"", "is empty"), (b"no picture", "is not a photo"), (None, "does not exist")]
)
def test_a_bad_photo_fails_with_the_reason(tmp_path: Path, content: bytes | None, text: str):
    if content is not None:
        (tmp_path / "a.jpg").write_bytes(content)
    outcome = restyle_task(PhotoTask(tmp_path / "a.jpg", tmp_path / "b.jpg"), request("a.jpg"), warm_style())
    assert outcome.state == "failed"
    assert text in str(outcome.error)
    assert (outcome.fingerprint is None) == (content is None)


@pytest.mark.parametrize(
    ("error", "text"),
    [(MemoryError(), "does not fit into memory"), (KeyError("x"), "by an error of this program (KeyError: 'x')")],
)
def test_an_unexpected_error_concerns_one_photo(task: PhotoTask, monkeypatch: pytest.MonkeyPatch, error, text):
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(restyling, "apply_style", broken)
    outcome = restyle_task(task, request(task.source), warm_style())
    assert outcome.state == "failed"
    assert str(task.source) in str(outcome.error)
    assert text in str(outcome.error)


def test_a_full_disk_is_told_apart(task: PhotoTask, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr("os.replace", full)
    outcome = restyle_task(task, request(task.source), warm_style())
    assert (outcome.state, outcome.disk_is_full) == ("failed", True)
    assert "no space left on device" in str(outcome.error)
    assert list(task.output.parent.iterdir()) == []


def test_a_batch_that_stops_leaves_nothing_of_a_photo(task: PhotoTask):
    def stop() -> None:
        raise Stopped

    with pytest.raises(Stopped):
        restyle_task(task, request(task.source), warm_style(), check_stopped=stop)
    assert not task.output.exists()


@pytest.mark.parametrize("extra", [{"sidecar": True}, {"compare": True}, {"sidecar": True, "compare": True}])
def test_where_a_name_is_too_long_for_what_belongs_to_a_photo_nothing_of_it_stays(tmp_path: Path, extra: dict):
    task = PhotoTask(write_photo(tmp_path / "a.jpg"), tmp_path / f"out/{'x' * 245}.jpg")
    assert restyle_task(task, request(task.source), warm_style()).state == "done"
    task.output.unlink()
    task = PhotoTask(task.source, tmp_path / f"out/{'x' * 251}.jpg")
    outcome = restyle_task(task, request(task.source, **extra), warm_style())
    assert "file name too long); choose a shorter name" in str(outcome.error)
    assert list(task.output.parent.iterdir()) == []


def test_what_belongs_to_a_photo_is_deleted_with_it_when_a_file_of_somebody_else_is_in_the_way(task: PhotoTask):
    theirs = task.output.with_name("a.compare.jpg")
    theirs.parent.mkdir()
    theirs.write_bytes(b"of somebody else")
    outcome = restyle_task(task, request(task.source, sidecar=True, compare=True), warm_style())
    assert "already exists" in str(outcome.error)
    assert [path.name for path in theirs.parent.iterdir()] == [theirs.name]
    assert theirs.read_bytes() == b"of somebody else"
