"""A disk that fills while photos are restyled: nothing half-written, told in words, and the same command goes on."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from batch_material import request, run_all, states, warm_style, write_photo
from portrait_atelier.core.batch.products import JOURNAL_NAME
from portrait_atelier.core.batch.request import BatchRequest, is_for_want_of_space
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.learning.resolve import resolve_style
from test_watching import states as kinds
from test_watching import watching
from waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="a small disk in memory is mounted as Linux does it")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 80 KB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80k", "small", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root may mount a disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    noise = np.random.default_rng(0).integers(0, 65536, (6, 80, 100, 3), np.uint16)
    for number, pixels in enumerate(noise):  # 48 KB each
        write_photo(tmp_path / f"in/{number}.jpg", number, size=(320, 240))
        tifffile.imwrite(tmp_path / f"in/{number}-deep.tif", pixels, photometric="rgb")
    return tmp_path / "in"


def resize(disk: Path, kilobytes: int) -> None:
    subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(disk)], check=True)


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != JOURNAL_NAME)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def num_files(folder: Path) -> int:
    """The number of files; one may go away meanwhile."""
    return sum(path.is_file() and path.name != JOURNAL_NAME for path in folder.rglob("*"))


def errors_of(asked: BatchRequest, workers: int) -> list[AtelierError]:
    """Run a request, and return what went wrong; also where not even the journal has room."""
    try:
        return [outcome.error for outcome in run_all(asked, warm_style(), workers) if outcome.error is not None]
    except AtelierError as error:
        return [error]


@pytest.mark.parametrize("workers", [1, 3])
def test_what_did_not_fit_is_made_by_the_same_command(photos: Path, disk: Path, tmp_path: Path, workers: int):
    extras = {"sidecar": True, "compare": True, "stamp": True}
    run_all(request(photos, output=tmp_path / "whole", **extras), warm_style(), 1)
    whole = files(tmp_path / "whole")
    asked = request(photos, output=disk / "out", **extras)
    for size in (80, 120, 160, 200, 240):
        resize(disk, size)
        failed = errors_of(asked, workers)
        assert failed
        assert all(is_for_want_of_space(error) and "no space left" in str(error) for error in failed)
        there = files(disk / "out")
        assert there.items() <= whole.items()
        photos_there = {name for name in there if not name.endswith((".xmp", ".compare.jpg"))}
        assert len(there) == 3 * len(photos_there)  # each with all that belongs to it
    resize(disk, 20_000)
    assert "failed" not in states(run_all(asked, warm_style(), workers)).values()
    assert files(disk / "out") == whole


def test_a_watcher_goes_on_by_itself_when_there_is_room(photos: Path, disk: Path, tmp_path: Path):
    run_all(request(photos, output=tmp_path / "whole", sidecar=True), resolve_style("golden-hour"), 1)
    whole = files(tmp_path / "whole")
    with watching(photos, disk / "out", sidecar=True) as told:
        until(lambda: "disk_full" in kinds(told))
        assert num_files(disk / "out") < len(whole)
        resize(disk, 20_000)
        until(lambda: kinds(told).count("done") == len(whole) / 2)
    assert files(disk / "out") == whole
    assert "failed" not in kinds(told)
