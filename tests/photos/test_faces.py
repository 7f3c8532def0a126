"""Finding faces: in scikit-image's astronaut, and nowhere where there is none."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from portrait_atelier.core.photos.faces import FaceBox, face_turn, find_face
from scenes import scene
from skimage.data import astronaut

FACE = FaceBox(0.14, 0.36, 0.2, 0.17)  # of the astronaut, read off by eye


@pytest.fixture(scope="module")
def portrait() -> np.ndarray:
    return cv2.resize(astronaut(), (256, 256), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def _landscape(seed: int) -> np.ndarray:
    """(192, 256, 3): a sky that brightens downward, hills before it, a rough foreground."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:192, :256].astype(np.float32)
    picture = np.stack([0.4 + y / 400, 0.55 + y / 500, np.full_like(y, 0.85)], -1)
    for depth, color in enumerate(([0.45, 0.55, 0.6], [0.3, 0.42, 0.3], [0.2, 0.25, 0.12])):
        bends = sum(rng.uniform(4, 12) * np.sin(x / rng.uniform(15, 60) + rng.uniform(0, 6)) for _ in range(3))
        picture[y > 80 + 35 * depth + bends] = color
    return (picture + rng.normal(0, 0.03, picture.shape)).clip(0, 1).astype(np.float32)


def _assert_same_place(found: FaceBox | None, expected: FaceBox) -> None:
    assert found is not None
    assert found.center == pytest.approx(expected.center, abs=0.03)
    assert found.height == pytest.approx(expected.height, rel=0.2)
    assert found.width == pytest.approx(expected.width, rel=0.2)


def test_the_face_is_found_at_its_place(portrait):
    _assert_same_place(find_face(portrait), FACE)
    assert face_turn(portrait) is None


def test_the_face_is_found_in_a_mirrored_photo(portrait):
    mirrored = FaceBox(FACE.top, 1 - FACE.left - FACE.width, FACE.height, FACE.width)
    _assert_same_place(find_face(portrait[:, ::-1]), mirrored)


def test_the_face_is_found_in_gray_dark_and_small_photos(portrait):
    gray = np.repeat(portrait.mean(-1, keepdims=True), 3, -1)
    small = cv2.resize(portrait, (96, 96), interpolation=cv2.INTER_AREA)
    for photo in (gray, portrait**2 * 0.5, small):
        _assert_same_place(find_face(photo), FACE)


def test_boxes_are_parts_of_the_photo_whatever_its_form(portrait):
    upper = portrait[:128]  # twice as wide as high
    _assert_same_place(find_face(upper), FaceBox(2 * FACE.top, FACE.left, 2 * FACE.height, FACE.width))
    tall = portrait[:, 60:160]
    left, width = (FACE.left * 256 - 60) / 100, FACE.width * 2.56
    _assert_same_place(find_face(tall), FaceBox(FACE.top, left, FACE.height, width))


def test_a_face_at_the_edge_is_found_within_the_photo(portrait):
    found = find_face(portrait[42:])  # the forehead is cut
    assert found is not None
    assert found.top == pytest.approx(0, abs=0.02)


def test_one_of_several_small_faces_is_found(portrait):
    three = np.concatenate([portrait[:, 40:], portrait[:, 20:220], portrait[:, 30:]], 1)
    width = three.shape[1]
    assert FACE.height * 256 / width < 0.15
    found = find_face(three)
    assert found is not None
    assert found.height == pytest.approx(FACE.height, rel=0.25)
    centers = [(FACE.left + FACE.width / 2) * 256 + shift for shift in (-40, 216 - 20, 216 + 200 - 30)]
    assert min(abs(found.center[1] * width - center) for center in centers) < 12
    assert face_turn(three) is None
    turned = np.ascontiguousarray(np.rot90(three, 1))
    assert find_face(turned) is None


@pytest.mark.parametrize("degrees", [-22, 22])
def test_the_face_of_a_tilted_head_is_found_at_its_place(portrait, degrees):
    side = len(portrait)
    turn = cv2.getRotationMatrix2D((side / 2, side / 2), degrees, 1)
    tilted = cv2.warpAffine(portrait, turn, (side, side), borderMode=cv2.BORDER_REPLICATE)
    found = find_face(tilted)
    y, x = (part * side for part in FACE.center)
    across, down = turn @ [x, y, 1] / side
    assert found is not None
    assert found.center == pytest.approx((down, across), abs=0.03)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_photo_says_how_to_turn_it_back(portrait, turn):
    lying = np.rot90(portrait, turn // 90)  # counterclockwise
    assert find_face(lying) is None
    assert face_turn(lying) == turn
    assert face_turn(np.rot90(lying, -turn // 90)) is None


@pytest.mark.parametrize("seed", range(2))
def test_there_is_no_face_where_there_is_none(seed):
    noise = np.random.default_rng(seed).random((200, 160, 3), np.float32)
    for picture in (noise, scene(seed), _landscape(seed), cv2.GaussianBlur(noise, (0, 0), 4)):
        assert find_face(picture) is None
        assert face_turn(picture) == 0


@pytest.mark.parametrize("shape", [(128, 128, 3), (1, 1, 3), (256, 3, 3), (2, 256, 3)])
def test_flat_pictures_of_any_size_have_no_face(shape):
    assert find_face(np.full(shape, 0.5, np.float32)) is None
    assert face_turn(np.zeros(shape, np.float32)) == 0


def test_threads_find_the_same(portrait):
    photos = [np.roll(portrait, shift, 1) for shift in range(0, 48, 8)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(find_face, photos))
    assert together == [find_face(photo) for photo in photos]
    assert len({box.left for box in together if box}) == len(photos)


def test_boxes_lie_within_the_photo():
    assert FaceBox.clipped(-0.2, 0.5, 0.3, 1.4) == FaceBox(0.0, 0.5, 0.3, 0.5)
    assert FaceBox(0.2, 0.4, 0.2, 0.4).center == pytest.approx((0.3, 0.6))
    with pytest.raises(ValueError, match="box must be a rectangle within 0 to 1"):
        FaceBox(0.5, 0.5, 0.6, 0.2)
    with pytest.raises(ValueError, match="box must be a rectangle within 0 to 1"):
        FaceBox(0.5, 0.5, 0.2, 0.0)
