"""Looks with light in the picture, for the look recovery benchmark."""

import numpy as np
import pytest

pytest.importorskip("color_matcher", reason="color-matcher is an extra of ours for benchmarks")

from portrait_atelier.benchmarks.recovery_data import FilmLook
from portrait_atelier.benchmarks.recovery_light import SpatialLook
from portrait_atelier.core.estimation.table import node_colors


def film(name: str) -> FilmLook:
    return FilmLook(name, name, False, node_colors())


def test_the_light_of_a_look_is_drawn_from_its_name():
    looks = [SpatialLook.of(film(f"film {number}")) for number in range(40)]
    again = SpatialLook.of(film("film 3"))
    assert (again.burn, again.lift, again.size) == (looks[3].burn, looks[3].lift, looks[3].size)
    assert len({look.burn for look in looks}) == 40
    assert all(0.6 <= look.burn <= 1.2 and 0.25 <= look.lift <= 0.6 for look in looks)


def test_corners_are_burnt_and_the_subject_is_lit():
    look = SpatialLook(film("x"), burn=1.0, lift=0.5, size=0.6, softness=0.8)
    subject = np.zeros((64, 64), np.uint8)
    subject[20:44, 20:44] = 255
    stops = look.stops(subject)
    np.testing.assert_allclose([stops[0, 0], stops[0, -1], stops[-1, 0], stops[-1, -1]], -1, atol=0.01)
    assert stops[32, 32] == pytest.approx(0.5, abs=0.01)
    gone = look.stops(np.zeros_like(subject))
    edge = (stops - gone)[32, 18:22]  # blurred: half the light at the edge of the mask, between pixels 19 and 20
    assert edge[1:3].mean() == pytest.approx(0.25, abs=0.01)


def test_light_comes_after_the_colors():
    look = SpatialLook(film("x"), burn=1.1, lift=0.0, size=0.6, softness=0.8)
    photo = np.full((32, 48, 3), 0.5, np.float32)
    given = look(photo, np.zeros((32, 48), np.uint8))
    assert given.dtype == np.float32
    np.testing.assert_allclose(given[16, 24], 0.5, atol=0.01)
    np.testing.assert_allclose(given[0, 0], 0.5 * 2 ** (-1.1 / 2.2), atol=0.005)


def test_light_adds_no_color_to_black_and_white():
    gray = FilmLook("gray", "gray", True, np.repeat(node_colors().mean(-1, keepdims=True), 3, -1))
    photo = np.random.default_rng(0).random((32, 32, 3), np.float32)
    given = SpatialLook.of(gray)(photo, np.full((32, 32), 255, np.uint8))
    assert np.ptp(given, axis=-1).max() < 1e-5
