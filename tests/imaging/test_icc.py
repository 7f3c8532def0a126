"""Reading ICC profiles."""

import icc_profiles as profiles
import numpy as np
import pytest
from portrait_atelier.core.imaging.icc import SRGB_CURVE, SRGB_TO_XYZ, Curve, parse_profile


def curve_of(tag: bytes) -> Curve:
    return parse_profile(profiles.gray_profile(tag)).curves[0]


def test_the_matrix_of_srgb_is_found():
    np.testing.assert_allclose(parse_profile(profiles.srgb()).to_xyz, SRGB_TO_XYZ, atol=3e-4)


def test_srgb_curve_by_hand():
    np.testing.assert_allclose(
        SRGB_CURVE.decode(np.array([0, 0.04, 0.5, 1.0])), [0, 0.04 / 12.92, 0.2140411, 1], atol=1e-6
    )


@pytest.mark.parametrize(
    ("tag", "value", "linear"),
    [
        (b"curv\0\0\0\0\0\0\0\0", 0.3, 0.3),
        (profiles.gamma(2.0), 0.5, 0.25),
        (profiles.table([0, 0.1, 1.0]), 0.25, 0.05),
        (profiles.parametric(3.0), 0.5, 0.125),
        (profiles.parametric(2.0, 0.5, 0.5), 0.5, 0.5625),
        (profiles.parametric(2.0, 0.5, 0.25, 0.25), 0.5, 0.5),
        (profiles.parametric(2.0, 1.0, 0.0, 0.5, 0.5), 0.25, 0.125),
        (profiles.parametric(2.0, 1.0, 0.0, 0.5, 0.5, 0.25, 0.125), 0.25, 0.25),
        (profiles.parametric(2.0, 1.0, 0.0, 0.5, 0.5, 0.25, 0.125), 0.75, 0.8125),
    ],
)
def test_every_kind_of_curve_by_hand(tag, value, linear):
    assert curve_of(tag).decode(np.array([value]))[0] == pytest.approx(linear, abs=2e-5)


@pytest.mark.parametrize(
    "tag",
    [
        profiles.gamma(2.2),
        profiles.parametric(*profiles.SRGB_PARAMETERS),
        profiles.table(np.linspace(0, 1, 1024) ** 1.8),
        profiles.parametric(2.4, 1 / 1.16, 0.16 / 1.16, 27 / 243.9, 0.08),
    ],
)
def test_curves_are_undone_beyond_their_range_too(tag):
    curve, values = curve_of(tag), np.linspace(-0.5, 1.5, 401)
    np.testing.assert_allclose(curve.encode(curve.decode(values)), values, atol=2e-3)
    np.testing.assert_allclose(curve.decode(-values), -curve.decode(values))


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        (b"", "damaged"),
        (b"x" * 500, "damaged"),
        (profiles.p3()[:300], "cut off"),
        (profiles.of_another_space(), "for CMYK"),
        (profiles.of_another_space(b"Lab "), "for Lab"),
        (profiles.of_another_space(b"RGB "), "damaged"),
        (profiles.rgb_profile(profiles.DISPLAY_P3, profiles.table([0.5, 0.5])), "does not rise"),
        (profiles.rgb_profile(profiles.DISPLAY_P3, profiles.parametric(0.0)), "does not rise"),
        (profiles.rgb_profile(profiles.DISPLAY_P3, b"sf32" + bytes(20)), "unknown kind"),
    ],
)
def test_what_cannot_be_used_is_refused(profile, message):
    with pytest.raises(ValueError, match=message):
        parse_profile(profile)
