"""Addresses are told from paths, listed once, and their photos restyled like files of this computer."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from portrait_atelier.core.batch import staging
from portrait_atelier.core.batch.places import Places, address_of, is_folder, is_remote
from portrait_atelier.core.batch.request import PhotoOutcome, PhotoTask
from portrait_atelier.core.batch.staging import restyle_staged
from portrait_atelier.core.errors import AtelierError, PhotoError
from portrait_atelier.core.texts import Text
from scenes import save, scene

fsspec = pytest.importorskip("fsspec")
STYLE = "golden-hour"


@pytest.fixture
def memory() -> Iterator[Any]:
    """fsspec's file system in memory, empty."""
    found = fsspec.filesystem("memory")
    found.store.clear()
    found.pseudo_dirs[:] = [""]
    yield found
    found.store.clear()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return save(scene(1, height=40, width=32), tmp_path / "photo.jpg", quality=90)


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("s3://bucket/a folder/b.jpg", "s3://bucket/a folder/b.jpg"),
        ("gs://bucket", "gs://bucket"),
        ("memory://in/a.jpg", "memory://in/a.jpg"),
        ("local:/tmp/a.jpg", "local:/tmp/a.jpg"),
        ("file:///tmp/a.jpg", "file:/tmp/a.jpg"),
    ],
)
def test_an_address_survives_being_a_path(words: str, address: str):
    assert is_remote(Path(words))
    assert address_of(Path(words)) == address


@pytest.mark.parametrize(
    "words",
    ["a.jpg", "/s3/a.jpg", "C:/a.jpg", "C:\\a.jpg", "http://a/b.jpg", "simplecache::s3://a", "s3:", "s3x://a/b"],
)
def test_everything_else_is_a_path(words: str):
    assert not is_remote(Path(words))


def test_an_address_is_a_folder_unless_it_ends_as_a_photo():
    assert is_folder(Path("s3://bucket/summer"))
    assert not is_folder(Path("s3://bucket/a.JPG"))
    assert not is_folder(Path("s3://bucket/a.nef"))


def test_a_folder_that_was_listed_is_not_asked_file_by_file(memory: Any, monkeypatch: pytest.MonkeyPatch):
    memory.pipe_file("/in/a.jpg", b"123")
    memory.pipe_file("/in/sub/b.jpg", b"12345")
    places = Places()
    assert [address_of(path) for path in places.files(Path("memory://in"))] == [
        "memory://in/a.jpg",
        "memory://in/sub/b.jpg",
    ]
    monkeypatch.setattr(memory, "info", None)
    assert places.status(Path("memory://in/sub/b.jpg"))[0] == 5
    assert not places.exists(Path("memory://in/none.jpg"))


def test_a_folder_that_is_not_there_is_empty(memory: Any):
    places = Places()
    assert list(places.files(Path("memory://none"))) == []
    assert not places.exists(Path("memory://none/a.jpg"))


def test_an_unreachable_address_is_told_of(memory: Any, monkeypatch: pytest.MonkeyPatch):
    def find(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("Unable to locate credentials")

    monkeypatch.setattr(memory, "find", find)
    with pytest.raises(AtelierError, match=r"memory://in: cannot be reached \(Unable to locate credentials\)"):
        list(Places().files(Path("memory://in")))


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch):
    def url_to_fs(address: str) -> None:
        raise ImportError("Install s3fs to access S3")

    monkeypatch.setattr("fsspec.core.url_to_fs", url_to_fs)
    with pytest.raises(AtelierError, match=r"Install s3fs .* install .*(\[cloud\]|s3fs)"):
        Places().exists(Path("s3://bucket/a.jpg"))


def copying(task: PhotoTask) -> PhotoOutcome:
    task.output.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(task.source, task.output)
    shutil.copy(task.source, task.output.with_suffix(".xmp"))
    return PhotoOutcome(task, "done", (Text("fine"),))


def test_a_photo_is_brought_and_all_that_was_made_of_it_sent(memory: Any):
    memory.pipe_file("/in/a.jpg", b"123")
    task = PhotoTask(Path("memory://in/a.jpg"), Path("memory://out/sub/a.jpg"))
    outcome = restyle_staged(task, copying)
    assert (outcome.state, outcome.task) == ("done", task)
    assert memory.cat("/out/sub/a.jpg") == memory.cat("/out/sub/a.xmp") == b"123"
    assert outcome.written == Places().status(task.output)


def test_what_is_there_is_replaced_only_where_it_may_be(memory: Any):
    memory.pipe_file("/in/a.jpg", b"123")
    memory.pipe_file("/out/a.jpg", b"kept")
    task = PhotoTask(Path("memory://in/a.jpg"), Path("memory://out/a.jpg"))
    outcome = restyle_staged(task, copying)
    assert "memory://out/a.jpg: already exists" in str(outcome.error)
    assert memory.cat("/out/a.jpg") == b"kept"
    restyle_staged(PhotoTask(task.source, task.output, overwrite=True), copying)
    assert memory.cat("/out/a.jpg") == b"123"


def test_what_fails_at_first_is_done_again(memory: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(staging, "_PAUSE", 0.0)
    memory.pipe_file("/in/a.jpg", b"123")
    put, failures = memory.put_file, [OSError("timed out"), RuntimeError("503 slow down")]

    def sometimes(*arguments: object, **options: object) -> None:
        if failures:
            raise failures.pop()
        put(*arguments, **options)

    monkeypatch.setattr(memory, "put_file", sometimes)
    task = PhotoTask(Path("memory://in/a.jpg"), Path("memory://out/a.jpg"))
    assert restyle_staged(task, copying).state == "done"


def test_errors_name_the_address(memory: Any):
    memory.pipe_file("/in/a.jpg", b"123")
    task = PhotoTask(Path("memory://in/a.jpg"), Path("memory://out/a.jpg"))

    def failing(local: PhotoTask) -> PhotoOutcome:
        return PhotoOutcome.failed(local, PhotoError("{path}: is empty", path=local.source))

    outcome = restyle_staged(task, failing)
    assert isinstance(outcome.error, PhotoError)
    assert str(outcome.error) == "memory://in/a.jpg: is empty"
    gone = restyle_staged(PhotoTask(Path("memory://in/none.jpg"), task.output), failing)
    assert str(gone.error).startswith("memory://in/none.jpg: cannot be reached")


def test_apply_takes_and_gives_addresses_and_goes_on(
    atelier: Callable[..., tuple[int, str, str]], memory: Any, photo: Path
):
    for name in ("a.jpg", "sub/b.jpg", ".hidden.jpg", "notes.txt"):
        memory.pipe_file(f"/in/{name}", photo.read_bytes())
    memory.pipe_file("/in/broken.jpg", b"\xff\xd8\xff")
    code, out, err = atelier("apply", "memory://in", "-s", STYLE, "-o", "memory://out", "--compare")
    assert code == 1
    assert sorted(out.split()) == ["memory://out/a.jpg", "memory://out/sub/b.jpg"]
    assert "memory://in/broken.jpg: " in err
    assert sorted(memory.find("/out")) == [
        "/out/.atelier-journal.jsonl",
        *(f"/out/{name}" for name in ("a.compare.jpg", "a.jpg", "sub/b.compare.jpg", "sub/b.jpg")),
    ]
    memory.pipe_file("/in/broken.jpg", photo.read_bytes())
    code, out, err = atelier("apply", "memory://in", "-s", STYLE, "-o", "memory://out", "--compare")
    assert (code, out.split()) == (0, ["memory://out/broken.jpg"])
    assert "2 photos were left alone" in err


def test_the_copy_of_the_journal_serves_another_computer(
    atelier: Callable[..., tuple[int, str, str]],
    memory: Any,
    photo: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    for name in ("a.jpg", "b.jpg"):
        memory.pipe_file(f"/in/{name}", photo.read_bytes())
    assert atelier("apply", "memory://in", "-s", STYLE, "-o", "memory://out")[0] == 0
    monkeypatch.setenv("ATELIER_CACHE", str(tmp_path / "other"))
    code, out, err = atelier("apply", "memory://in", "-s", STYLE, "-o", "memory://out")
    assert (code, out) == (0, "")
    assert "2 photos were left alone" in err


def test_from_an_address_to_this_computer_and_back(
    atelier: Callable[..., tuple[int, str, str]], memory: Any, photo: Path
):
    memory.pipe_file("/in/a.jpg", photo.read_bytes())
    code, out, _ = atelier("apply", "memory://in/a.jpg", "-s", STYLE, "-o", "here", "--json")
    assert code == 0
    assert json.loads(out.splitlines()[0])["photo"] == "memory://in/a.jpg"
    assert Path("here/a.jpg").is_file()
    code, out, _ = atelier("apply", "here", "-s", STYLE, "-o", "memory://back")
    assert (code, out.split()) == (0, ["memory://back/a.jpg"])


def test_a_series_at_addresses_is_refused(atelier: Callable[..., tuple[int, str, str]], memory: Any, photo: Path):
    memory.pipe_file("/in/a.jpg", photo.read_bytes())
    code, _, err = atelier("apply", "memory://in", "-s", STYLE, "-o", "memory://out", "--series")
    assert code == 1
    assert "cannot share a look" in err
