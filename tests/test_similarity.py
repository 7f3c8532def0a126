import io

import numpy as np
import pytest
from PIL import Image
from portrait_atelier.core.learning.similarity import SimilaritySettings, find_repeats, fingerprint
from scenes import scene


def resized(pixels: np.ndarray) -> np.ndarray:
    image = Image.fromarray(np.round(pixels * 255).astype(np.uint8)).resize((150, 150), Image.Resampling.LANCZOS)
    return np.asarray(image, np.float32) / 255


def saved_again(pixels: np.ndarray) -> np.ndarray:
    buffer = io.BytesIO()
    Image.fromarray(np.round(pixels * 255).astype(np.uint8)).save(buffer, "JPEG", quality=30)
    return np.asarray(Image.open(buffer), np.float32) / 255


COPIES = {
    "resized": resized,
    "saved again": saved_again,
    "lighter": lambda pixels: pixels**0.75,
    "darker": lambda pixels: pixels**1.35,
    "cropped": lambda pixels: pixels[8:-4, 6:-10],
    "with other pixels at its edge": lambda pixels: np.roll(pixels, (4, -5), (0, 1)),
}


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_repeats_its_original(name):
    original = scene(1)
    assert find_repeats([fingerprint(original), fingerprint(COPIES[name](original))]) == {1: 0}


def test_different_pictures_do_not_repeat():
    assert find_repeats([fingerprint(scene(seed)) for seed in range(40)]) == {}


def test_different_people_before_the_same_background_do_not_repeat():
    background = scene(100)
    y, x = np.mgrid[:256, :256] / 255
    head = ((((x - 0.5) / 0.2) ** 2 + ((y - 0.45) / 0.28) ** 2) < 1)[..., None]
    portraits = [np.where(head, scene(seed), background) for seed in range(12)]
    assert find_repeats([fingerprint(portrait) for portrait in portraits]) == {}


def test_a_black_and_white_print_is_another_picture():
    color = scene(2)
    gray = np.repeat(color.mean(-1, keepdims=True), 3, axis=-1)
    assert find_repeats([fingerprint(color), fingerprint(gray)]) == {}


def test_repeats_name_the_first_of_their_kind():
    first, other = scene(3), scene(4)
    pictures = [first, other, resized(first), saved_again(other), saved_again(first)]
    assert find_repeats([fingerprint(picture) for picture in pictures]) == {2: 0, 3: 1, 4: 0}


def test_repeats_are_found_across_blocks(monkeypatch):
    monkeypatch.setattr("portrait_atelier.core.learning.similarity._BLOCK", 3)
    pictures = [scene(seed) for seed in range(8)] + [resized(scene(0)), resized(scene(5))]
    assert find_repeats([fingerprint(picture) for picture in pictures]) == {8: 0, 9: 5}


def test_plain_pictures_do_not_repeat_each_other_and_break_nothing():
    plain = [np.full((64, 64, 3), level, np.float32) for level in (0.2, 0.2, 0.9)]
    assert find_repeats([fingerprint(picture) for picture in plain]) == {}


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (500, 7)])
def test_any_size_has_a_fingerprint(shape):
    made = fingerprint(np.random.default_rng(0).random((*shape, 3), np.float32))
    assert made.coarse.shape == (256,)
    assert made.detail.dtype == np.uint8


def test_no_photos_have_no_repeats():
    assert find_repeats([]) == {}


def test_settings_are_checked():
    with pytest.raises(ValueError, match="least_detail must be above 0, at most 1, got 1.5"):
        SimilaritySettings(least_detail=1.5)
