from pathlib import Path

import numpy as np
import pytest
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.photos.mixture import MixtureSettings, describe_mixture, split_mixture
from scenes import portrait


def gray(pixels: np.ndarray) -> np.ndarray:
    return np.repeat(pixels.mean(-1, keepdims=True), 3, axis=-1)


def sepia(pixels: np.ndarray) -> np.ndarray:
    return (gray(pixels) ** np.array((0.8, 1.0, 1.3))).astype(np.float32)


def faded(pixels: np.ndarray) -> np.ndarray:
    """Black lifted to a brown, white lowered to a cream."""
    black, white = np.array((0.3, 0.2, 0.15)), np.array((0.95, 0.9, 0.75))
    return (black + pixels * (white - black)).astype(np.float32)


def contrasty(pixels: np.ndarray) -> np.ndarray:
    return ((pixels - 0.1) / 0.8).clip(0, 1).astype(np.float32)


def split(pictures: list[np.ndarray], settings: MixtureSettings | None = None):
    paths = [Path(f"{number}.jpg") for number in range(len(pictures))]
    return split_mixture(paths, [Proxy.opaque(picture) for picture in pictures], settings)


def names(group) -> list[int]:
    return [int(path.stem) for path in group.paths]


@pytest.mark.parametrize("look", [lambda pixels: pixels, gray, sepia, faded, contrasty])
def test_one_look_is_one_kind(look):
    assert split([look(portrait(seed)) for seed in range(20)]) == ()


def test_black_and_white_and_color_are_told_apart_toned_prints_among_them():
    looks = [gray, sepia, lambda pixels: pixels]
    larger, smaller = split([looks[number % 3](portrait(number)) for number in range(9)])
    assert (larger.name, names(larger)) == ("black-and-white", [0, 1, 3, 4, 6, 7])
    assert (smaller.name, names(smaller)) == ("color", [2, 5, 8])


def test_one_black_and_white_photo_among_many_is_found():
    larger, smaller = split([portrait(seed) for seed in range(10)] + [gray(portrait(11))])
    assert (larger.name, len(larger.paths)) == ("color", 10)
    assert (smaller.name, names(smaller)) == ("black-and-white", [10])


@pytest.mark.parametrize("count", [4, 10, 25])
def test_two_clearly_different_looks_are_told_apart(count):
    pictures = [contrasty(portrait(seed)) for seed in range(count)]
    pictures += [faded(contrasty(portrait(seed))) for seed in range(100, 100 + count)]
    groups = split(pictures)
    assert sorted(names(group) for group in groups) == [list(range(count)), list(range(count, 2 * count))]


def test_a_few_odd_photos_are_no_second_look():
    pictures = [contrasty(portrait(seed)) for seed in range(20)] + [faded(portrait(100)), faded(portrait(101))]
    assert split(pictures) == ()


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_photos_are_one_look(count):
    assert split([portrait(seed) for seed in range(count)]) == ()


def test_transparent_pixels_do_not_count():
    pictures = [gray(portrait(seed)) for seed in range(3)]
    colored, weights = pictures[0].copy(), np.ones((256, 256), np.float32)
    colored[:100], weights[:100] = (1, 0, 0), 0
    proxies = [Proxy(colored, weights), *(Proxy.opaque(picture) for picture in pictures[1:])]
    assert split_mixture([Path("a"), Path("b"), Path("c")], proxies) == ()


def test_the_same_photos_are_split_the_same_way():
    pictures = [contrasty(portrait(seed)) for seed in range(6)] + [faded(portrait(seed)) for seed in range(50, 56)]
    assert split(pictures) == split(pictures)


def test_the_description_names_numbers_files_and_the_cure():
    text = describe_mixture(split([portrait(seed) for seed in range(5)] + [gray(portrait(6)), gray(portrait(7))]))
    assert "black-and-white and color photos are mixed" in text
    assert "5 color (0.jpg, 1.jpg, 2.jpg, ...); 2 black-and-white (5.jpg, 6.jpg)" in text
    assert "Move each kind into its own folder" in text
