"""Color tables applied in the real GIMP are what ImageMagick makes of them."""

from pathlib import Path

import gimp_cells
import numpy as np
import pytest
from gimp_host import GimpHost, GimpRun
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from table_files import by_image_magick, lattice, red_first, rows_text, sample_photo

pytestmark = pytest.mark.gimp
LEVEL = 8
SHAPE = (64, 96, 4)


def print_film(colors: np.ndarray) -> np.ndarray:
    """A smooth film, so that ways to interpolate between 64 points differ by less than 1/4000."""
    toned = 0.04 + 0.9 * (0.7 * colors + 0.3 * colors**2)
    mixed = toned @ np.array([[0.9, 0.05, 0.05], [0.05, 0.92, 0.03], [0.02, 0.08, 0.9]])
    return mixed * [1.0, 0.97, 0.93]


def write_tables(folder: Path) -> None:
    """The same film as a HaldCLUT of 16 bits and as a .cube."""
    size = LEVEL**2
    rows = red_first(lattice(size, colors=print_film))
    picture = np.rint(rows * 65535).astype(np.uint16).reshape(LEVEL**3, LEVEL**3, 3)
    write_photo(Photo(picture), folder / "film.png", overwrite=True)
    (folder / "film.cube").write_text(f'TITLE "A film"\nLUT_3D_SIZE {size}\n{rows_text(rows)}')


@pytest.fixture(scope="module")
def run(gimp: GimpHost) -> GimpRun:
    gimp_cells.write_picture(gimp.tmp)
    write_tables(gimp.tmp)
    sample = sample_photo()
    alpha = np.ones((*sample.shape[:2], 1))
    np.concatenate([sample / 65535, alpha], -1).astype(np.float32).tofile(gimp.tmp / "sample.f32")
    write_photo(Photo(np.full((27, 27, 3), 90, np.uint8)), gimp.tmp / "photo.png", overwrite=True)
    return gimp.python("tables.py").check()


@pytest.mark.parametrize("table", ["film.png", "film.cube"])
@pytest.mark.parametrize(("precision", "most"), [("U8_NON_LINEAR", 1 / 255), ("FLOAT_NON_LINEAR", 1 / 4000)])
def test_a_table_gives_what_image_magick_gives(run, gimp, tmp_path, table, precision, most):
    (line,) = [line for line in run.of("table") if (line["table"], line["precision"]) == (table, precision)]
    assert line["names"] == ["film 100%", "photo"], line["message"]
    before, after = (
        np.fromfile(gimp.tmp / f"{precision}-{table}-{name}.f32", np.float32).reshape(SHAPE)[..., :3]
        for name in ("before", "after")
    )
    expected = by_image_magick(np.rint(before * 65535).astype(np.uint16), gimp.tmp / "film.png", tmp_path) / 65535
    assert np.abs(after - before).mean() > 0.02
    assert np.abs(after - expected).max() <= most + 1e-6


@pytest.mark.parametrize(
    ("table", "status", "text"),
    [
        ("", "calling-error", "table must be a color table"),
        ("/tmp/no.cube", "execution-error", "cannot be read (no such file or directory)"),
        ("/tmp/photo.png", "execution-error", "is a picture, and no color table"),
        ("/tmp/picture.json", "execution-error", "is not a color table that can be read"),
    ],
)
def test_what_is_no_table_is_said(run, table, status, text):
    (line,) = [line for line in run.of("wrong") if line["table"] == table]
    assert line["status"] == status
    assert text in line["message"]
