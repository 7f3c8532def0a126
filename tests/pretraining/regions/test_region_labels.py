"""Labels of skin, hair and cloth: derived from colors where they decide, unknown where they do not."""

import numpy as np
import pytest
from portrait_atelier.core.networks.regions import REGIONS
from portrait_atelier.core.pretraining.regions.labels import Headwear, RegionLabels, derive_labels
from region_material import SKIN, drawn_portrait

PLACES = {  # (row, column) of 96
    "cheek": (48, 40),
    "neck": (72, 48),
    "crown": (16, 48),
    "temple": (40, 28),
    "shirt": (92, 30),
    "ground": (10, 5),
}


def label(labels: RegionLabels, region: str, place: str) -> float:
    """The label at a place, which must be known."""
    index, (row, column) = REGIONS.index(region), PLACES[place]
    assert labels.weights[index, row, column] > 0.5, f"{region} at {place} is unknown"
    return float(labels.values[index, row, column])


@pytest.fixture(scope="module")
def labels() -> RegionLabels:
    return derive_labels(*drawn_portrait())


@pytest.mark.parametrize(
    ("place", "region"),
    [("cheek", "skin"), ("neck", "skin"), ("crown", "hair"), ("temple", "hair"), ("shirt", "cloth"), ("ground", None)],
)
def test_each_place_of_a_drawn_portrait_is_one_region(labels: RegionLabels, place: str, region: str | None):
    for other in ("skin", "hair", "cloth"):
        assert label(labels, other, place) == pytest.approx(float(other == region), abs=0.1)


def test_given_masks_are_the_labels_of_subject_and_face(labels: RegionLabels):
    _, subject, face = drawn_portrait()
    np.testing.assert_array_equal(labels.values[0], subject)
    np.testing.assert_array_equal(labels.values[1], face)
    assert labels.weights[:2].min() == 1


def test_without_a_face_only_the_subject_is_known():
    pixels, subject, _ = drawn_portrait()
    labels = derive_labels(pixels, subject, None)
    assert labels.weights[0].min() == 1
    assert labels.weights[1:].max() == 0


def test_colors_tell_nothing_in_black_and_white():
    pixels, subject, face = drawn_portrait()
    gray = np.repeat(pixels.mean(2, keepdims=True), 3, 2)
    assert derive_labels(gray, subject, face).weights[2:].max() == 0


def test_a_hat_is_cloth():
    labels = derive_labels(*drawn_portrait(), Headwear.HAT)
    assert label(labels, "cloth", "crown") == pytest.approx(1, abs=0.1)
    assert label(labels, "hair", "crown") == pytest.approx(0, abs=0.1)


def test_other_headwear_leaves_hair_open():
    labels = derive_labels(*drawn_portrait(), Headwear.OTHER)
    row, column = PLACES["crown"]
    assert labels.weights[REGIONS.index("hair"), row, column] == 0
    assert labels.weights[REGIONS.index("cloth"), row, column] == 0


def test_a_bald_head_is_no_hair():
    labels = derive_labels(*drawn_portrait(hair=SKIN))
    row, column = PLACES["crown"]
    index = REGIONS.index("hair")
    assert labels.values[index, row, column] * labels.weights[index, row, column] < 0.1
