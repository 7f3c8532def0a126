"""Masks of photos: painted ones, regions, soft edges, and what a browser sends."""

import base64
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from portrait_atelier.core.errors import PhotoError
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.styles.region_masks import mask_of
from portrait_atelier.panel.masks import MOST_FEATHER, Mask, feathered, limited_feather, mask_picture, read_mask
from skimage import data


def _png(pixels: np.ndarray) -> str:
    return "data:image/png;base64," + base64.b64encode(cv2.imencode(".png", pixels)[1].tobytes()).decode()


def test_a_painted_mask_is_the_opacity_of_what_was_painted():
    painted = np.zeros((4, 6, 4), np.uint8)
    painted[:2] = 255
    mask = read_mask(_png(painted), 0.01)
    assert mask is not None
    assert mask.painted is not None
    assert mask.painted.shape == (4, 6)
    assert mask.painted[:2].min() == 1
    assert mask.painted[2:].max() == 0
    assert mask.feather == 0.01
    assert read_mask(_png(painted * 0)) is None
    assert read_mask("") is None


@pytest.mark.parametrize(
    "sent", ["file:///etc/passwd", "data:image/png;base64,!", "data:image/png;base64,AAAA", "gray"]
)
def test_a_mask_that_is_none_is_refused(sent: str):
    sent = _png(np.zeros((4, 4, 3), np.uint8)) if sent == "gray" else sent
    with pytest.raises(PhotoError, match="the painted mask: cannot be read"):
        read_mask(sent)


@pytest.mark.parametrize("sent", [None, "x", float("nan"), -1, True, [0.1]])
def test_a_feather_that_is_none_is_none(sent: object):
    assert limited_feather(sent) in (0.0, MOST_FEATHER)
    assert limited_feather(5) == MOST_FEATHER


@pytest.mark.parametrize("size", [(400, 400), (2048, 1024)])  # and one that is blurred at a smaller size
def test_feather_softens_the_edge_as_wide_as_it_says(size: tuple[int, int]):
    mask = np.zeros(size, np.float32)
    mask[: size[0] // 2] = 1
    soft = feathered(mask, 0.02)
    deviation = round(0.02 * size[0])
    middle = size[0] // 2
    # A step under a Gaussian: 84 % at one standard deviation within, 16 % at one outside.
    assert soft[middle - deviation, 200] == pytest.approx(0.84, abs=0.02)
    assert soft[middle + deviation, 200] == pytest.approx(0.16, abs=0.02)
    assert np.array_equal(feathered(mask, 0), mask)


def test_a_region_is_found_in_the_photo_at_its_own_size():
    photo = Photo(pixels=data.astronaut(), file_format="PNG")
    assert np.array_equal(Mask(region="face").of(photo), mask_of(photo, "face"))
    wide = Mask(region="face", feather=0.03).of(photo)
    assert 0 < wide.max() < 1.01
    assert (wide > 0.05).sum() > (mask_of(photo, "face") > 0.05).sum()


def test_a_painted_mask_fits_a_photo_of_any_size():
    painted = np.zeros((10, 10), np.float32)
    painted[:, 5:] = 1
    found = Mask(painted).of(Photo(pixels=np.zeros((90, 60, 3), np.uint8), file_format="PNG"))
    assert found.shape == (90, 60)
    assert found[:, :25].max() == 0
    assert found[:, 35:].min() == 1


def test_what_the_browser_paints_on_comes_back_as_it_was(tmp_path: Path):
    Image.fromarray(data.astronaut()).save(tmp_path / "preview.jpg", quality=95)
    assert mask_picture(None, tmp_path / "preview.jpg") == ""
    sent = mask_picture(Mask(region="subject", feather=0.02), tmp_path / "preview.jpg")
    again = read_mask(sent)
    assert again is not None
    assert again.painted is not None
    whole = mask_of(read_photo(tmp_path / "preview.jpg"), "subject")
    assert np.abs(again.painted - whole).max() <= 0.5 / 255 + 1e-6  # without the feather, which the browser shows
