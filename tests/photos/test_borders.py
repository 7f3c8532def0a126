import numpy as np
import pytest
from PIL import Image, ImageDraw
from portrait_atelier.core.photos.borders import BorderSettings, Crop, find_border
from scenes import scene


def framed(picture: np.ndarray, color: float, top: int, left: int, bottom: int, right: int) -> np.ndarray:
    return np.pad(picture, ((top, bottom), (left, right), (0, 0)), constant_values=color)


def cut_in_pixels(pixels: np.ndarray, crop: Crop) -> list[int]:
    height, width = pixels.shape[:2]
    cuts = (crop.top * height, crop.left * width, (1 - crop.bottom) * height, (1 - crop.right) * width)
    return [round(cut) for cut in cuts]


def assert_cut_just_inside(cuts: list[int], borders: list[int]) -> None:
    for cut, border in zip(cuts, borders, strict=True):
        assert border <= cut <= border + 4


@pytest.mark.parametrize("seed", range(6))
def test_a_picture_without_border_is_kept_whole(seed):
    assert find_border(scene(seed)).is_whole


@pytest.mark.parametrize("color", [0.0, 0.04, 0.97, 1.0])
@pytest.mark.parametrize("borders", [[12, 12, 12, 12], [20, 8, 14, 25], [4, 3, 3, 4]])
def test_a_border_is_cut_away_at_each_edge_just_inside_the_picture(color, borders):
    scan = framed(scene(1, height=200, width=180), color, *borders)
    assert_cut_just_inside(cut_in_pixels(scan, find_border(scan)), borders)


def test_a_border_at_three_edges_leaves_the_fourth():
    scan = framed(scene(2, height=220, width=200), 0.03, 14, 12, 0, 10)
    top, left, bottom, right = cut_in_pixels(scan, find_border(scan))
    assert_cut_just_inside([top, left, right], [14, 12, 10])
    assert bottom == 0


def test_lettering_on_the_rebate_goes_with_it():
    scan = framed(scene(3, height=200, width=200), 0.03, 24, 20, 18, 20)
    image = Image.fromarray(np.round(scan * 255).astype(np.uint8))
    ImageDraw.Draw(image).text((70, 6), "RA-9543-C  16 285", fill=(235, 235, 235))
    lettered = np.asarray(image, np.float32) / 255
    assert_cut_just_inside(cut_in_pixels(lettered, find_border(lettered)), [24, 20, 18, 20])


def test_white_paper_around_black_film_around_the_picture_goes_in_layers():
    scan = framed(framed(scene(4, height=180, width=200), 0.03, 12, 12, 12, 12), 1.0, 8, 8, 8, 8)
    assert_cut_just_inside(cut_in_pixels(scan, find_border(scan)), [20, 20, 20, 20])


def test_a_border_that_is_not_quite_straight_goes_whole():
    scan = framed(scene(5, height=230, width=230), 0.02, 13, 13, 13, 13)
    slanting = scan.copy()
    for column in range(scan.shape[1]):
        slanting[:, column] = np.roll(scan[:, column], round(4 * column / scan.shape[1]), axis=0)
    cropped = find_border(slanting).apply(slanting)
    assert cropped.min() > 0.019
    assert (cropped[0].max(-1) > 0.05).mean() > 0.9
    assert cropped.shape[0] >= 215


def test_a_border_lit_unevenly_is_a_border():
    scan = framed(scene(6, height=220, width=220), 0.0, 12, 12, 12, 12)
    light = np.linspace(0.38, 0.5, scan.shape[1], dtype=np.float32)[None, :, None]
    outside = framed(np.zeros((220, 220, 3), np.float32), 1.0, 12, 12, 12, 12)
    scan = scan * (1 - outside) + light * outside
    assert_cut_just_inside(cut_in_pixels(scan, find_border(scan)), [12, 12, 12, 12])


def subject_before(background: np.ndarray) -> np.ndarray:
    """An oval and shoulders, as in a studio portrait, before a plain background."""
    y, x = np.mgrid[:256, :256] / 255
    head = (((x - 0.5) / 0.17) ** 2 + ((y - 0.4) / 0.24) ** 2) < 1
    shoulders = (((x - 0.5) / 0.42) ** 2 + ((y - 1.05) / 0.4) ** 2) < 1
    person = np.where((head | shoulders)[..., None], scene(7), background)
    return person.astype(np.float32)


@pytest.mark.parametrize("level", [0.0, 0.02, 0.5, 0.98, 1.0])
def test_a_plain_studio_background_is_no_border(level):
    assert find_border(subject_before(np.full((256, 256, 3), level))).is_whole


@pytest.mark.parametrize("edge", [0.0, 1.0])
def test_a_vignette_is_no_border(edge):
    y, x = np.mgrid[:256, :256] / 127.5 - 1
    amount = np.clip(1.6 - 1.3 * np.hypot(x, y), 0, 1)[..., None].astype(np.float32)
    assert find_border(scene(8) * amount + edge * (1 - amount)).is_whole


def test_a_door_frame_at_one_edge_is_no_border():
    photo = scene(9)
    photo[:, :20] = 0.9
    assert find_border(photo).is_whole


def test_black_bars_above_and_below_are_cut():
    photo = framed(scene(10, height=200, width=256), 0.0, 24, 0, 24, 0)
    top, left, bottom, right = cut_in_pixels(photo, find_border(photo))
    assert_cut_just_inside([top, bottom], [24, 24])
    assert (left, right) == (0, 0)


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_a_plain_picture_is_kept_whole(level):
    assert find_border(np.full((60, 80, 3), level, np.float32)).is_whole


@pytest.mark.parametrize("shape", [(1, 1), (2, 256), (256, 3), (9, 9)])
def test_tiny_and_narrow_pictures_are_kept_whole(shape):
    assert find_border(np.random.default_rng(0).random((*shape, 3), np.float32)).is_whole


def test_a_picture_much_smaller_than_its_scan_is_not_believed():
    scan = framed(scene(11, height=180, width=180), 0.0, 20, 20, 20, 20)
    assert find_border(scan, BorderSettings(least_area=0.9)).is_whole


def test_a_crop_cuts_the_same_part_of_any_size():
    crop = Crop(0.1, 0.2, 0.9, 0.7)
    assert crop.area == pytest.approx(0.4)
    assert crop.apply(np.zeros((100, 100))).shape == (80, 50)
    assert crop.apply(np.zeros((1000, 2000, 3))).shape == (800, 1000, 3)
    assert crop.apply(np.arange(100).reshape(10, 10))[0, 0] == 12


def test_a_crop_never_leaves_nothing():
    assert Crop(0.45, 0.45, 0.55, 0.55).apply(np.zeros((3, 3))).shape == (1, 1)


def test_a_crop_must_lie_within_the_photo():
    with pytest.raises(ValueError, match="crop must be a rectangle within 0 to 1"):
        Crop(0.5, 0, 0.5, 1)
