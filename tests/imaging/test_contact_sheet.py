import io

import numpy as np
import pytest
from PIL import Image
from portrait_atelier.core.imaging.contact_sheet import (
    DARK,
    LIGHT,
    SheetStyle,
    contact_sheet,
    cover,
    shortened,
    side_by_side,
)

RED = np.full((60, 80, 3), (200, 30, 30), np.uint8)
TALL = np.full((90, 30, 3), (30, 160, 30), np.uint8)
SMALL = SheetStyle(cell_size=64)


def box_of(sheet: np.ndarray, color: tuple[int, int, int]) -> tuple[int, int]:
    """Height and width of what has exactly that color."""
    ys, xs = np.nonzero((sheet == color).all(-1))
    return int(np.ptp(ys)) + 1, int(np.ptp(xs)) + 1


def test_pictures_keep_their_proportions():
    sheet = contact_sheet([("red", RED), ("green", TALL)], style=SMALL)
    assert sheet.dtype == np.uint8
    assert box_of(sheet, (200, 30, 30)) == (48, 64)
    assert box_of(sheet, (30, 160, 30)) == (64, 21)


def test_small_pictures_are_not_enlarged():
    sheet = contact_sheet([("red", RED)], style=SheetStyle(cell_size=500))
    assert box_of(sheet, (200, 30, 30)) == (60, 80)


def test_margins_are_even_and_of_the_mat():
    for style in (DARK, LIGHT):
        sheet = contact_sheet([("a", RED)] * 3, columns=2, style=style)
        for edge in (sheet[: style.margin], sheet[:, : style.margin], sheet[:, -style.margin :]):
            assert (edge == style.mat).all()


@pytest.mark.parametrize(("columns", "across", "down"), [(1, 1, 4), (2, 2, 2), (9, 4, 1), (None, 2, 2)])
def test_columns_decide_the_shape(columns, across, down):
    one = contact_sheet([("a", RED)], style=SMALL)
    sheet = contact_sheet([("a", RED)] * 4, columns=columns, style=SMALL)
    inner_height, inner_width = one.shape[0] - 2 * SMALL.margin, one.shape[1] - 2 * SMALL.margin
    assert sheet.shape[1] == 2 * SMALL.margin + across * inner_width + (across - 1) * SMALL.gap
    assert sheet.shape[0] == 2 * SMALL.margin + down * inner_height + (down - 1) * SMALL.gap


def test_title_and_captions_are_drawn():
    plain, captioned = contact_sheet([("", RED)], style=SMALL), contact_sheet([("name", RED)], style=SMALL)
    assert (plain != captioned).any()
    titled = contact_sheet([("name", RED)], title="Ready styles", style=SMALL)
    assert titled.shape[0] > captioned.shape[0]
    assert titled.shape[1] == captioned.shape[1]


def test_gray_pictures_are_taken():
    sheet = contact_sheet([("gray", np.full((40, 40), 128, np.uint8))], style=SMALL)
    assert box_of(sheet, (128, 128, 128)) == (40, 40)


def test_long_names_get_an_ellipsis():
    assert shortened("short", 200, 12) == "short"
    cut = shortened("a very long name of a file_0001.tif", 90, 12)
    assert cut.endswith("…")
    assert cut[:-1] == "a very long name of a file_0001.tif"[: len(cut) - 1]
    assert shortened("two\nlines", 500, 12) == "two lines"


def test_side_by_side_keeps_both_at_full_size():
    after = np.full_like(RED, 90)
    sheet = side_by_side(RED, after, ("before", "after"))
    assert box_of(sheet, (200, 30, 30)) == (60, 80)
    assert box_of(sheet, (90, 90, 90)) == (60, 80)
    assert sheet.shape[0] > 60 + 3 * (sheet.shape[1] - 160) / 5  # room for the captions


def test_side_by_side_brings_heights_together():
    sheet = side_by_side(RED, TALL, ("before", "after"))
    assert box_of(sheet, (30, 160, 30)) == (60, 20)


def test_cover_is_a_small_jpeg():
    first = cover(np.full((500, 1000, 3), 120, np.uint8))
    with Image.open(io.BytesIO(first)) as image:
        assert image.format == "JPEG"
        assert image.size == (256, 128)
    assert first == cover(np.full((500, 1000, 3), 120, np.uint8))


def test_what_cannot_be_laid_out_is_refused():
    with pytest.raises(ValueError, match="pictures must not be empty"):
        contact_sheet([])
    with pytest.raises(ValueError, match="columns must be at least 1"):
        contact_sheet([("a", RED)], columns=0)
    with pytest.raises(ValueError, match=r"must be uint8 .* got float64"):
        cover(RED / 255)
    with pytest.raises(ValueError, match="cell_size must be at least 32"):
        SheetStyle(cell_size=3)


def test_a_picture_of_pure_noise_gets_its_cover_too():
    noise = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    made = Image.open(io.BytesIO(cover(noise)))
    assert made.size == (256, 256)
    assert np.abs(np.asarray(made).astype(int) - noise).mean() < 30
