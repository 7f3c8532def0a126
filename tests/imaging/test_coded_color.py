"""ICC profiles made of code points, gammas and chromaticities: other programs convert by them as we do."""

import io

import imagecodecs
import numpy as np
import pytest
from photo_files import pattern
from PIL import ImageCms
from portrait_atelier.core.imaging.coded_color import profile_of_codes, profile_of_gamma, profile_of_rgb
from portrait_atelier.core.imaging.color_management import to_srgb
from portrait_atelier.core.imaging.icc import parse_profile

P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), (0.3127, 0.3290))
PROFILES = {
    "Display P3": profile_of_codes(12, 13, is_gray=False),
    "BT.2020": profile_of_codes(9, 1, is_gray=False),
    "DCI white": profile_of_codes(11, 4, is_gray=False),
    "NTSC 1953": profile_of_codes(4, 5, is_gray=False),
    "gamma 1.8": profile_of_gamma(1 / 1.8, P3, is_gray=False),
    "linear": profile_of_rgb(P3, 1.0),
}


@pytest.mark.parametrize("name", PROFILES)
def test_littlecms_converts_as_we_do(name):
    profile = PROFILES[name]
    assert profile is not None
    pixels = pattern(np.float32) * 0.5 + 0.25  # of which little is outside sRGB, where LittleCMS would clamp
    srgb = imagecodecs.cms_profile("srgb")
    theirs = imagecodecs.cms_transform(pixels, profile, srgb, colorspace="rgb", outcolorspace="rgb", intent=1)
    ours = to_srgb(pixels, profile)
    inside = ((ours > 0.02) & (ours < 0.98)).all(-1)
    assert inside.sum() > 300
    np.testing.assert_allclose(theirs[inside], ours[inside], atol=3e-3)


@pytest.mark.parametrize("name", PROFILES)
def test_the_profile_has_a_name(name):
    profile = ImageCms.ImageCmsProfile(io.BytesIO(PROFILES[name] or b""))
    assert ImageCms.getProfileDescription(profile).strip() == "Colors as the file described them"


@pytest.mark.parametrize(("primaries", "transfer"), [(1, 13), (2, 2), (1, 2), (2, 13)])
@pytest.mark.parametrize("is_gray", [False, True])
def test_srgb_and_what_is_not_said_need_none(primaries, transfer, is_gray):
    assert profile_of_codes(primaries, transfer, is_gray) is None


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_is_named_by_its_code_point(transfer):
    profile = profile_of_codes(9, transfer, is_gray=False)
    assert profile is not None
    parsed = parse_profile(profile)
    assert parsed.transfer == transfer
    curve = parsed.curves[0].decode(np.linspace(0, 1, 50))
    assert (np.diff(curve) >= 0).all()


@pytest.mark.parametrize("codes", [(3, 13), (1, 9), (200, 200)])
def test_other_codes_are_refused(codes):
    with pytest.raises(ValueError, match="code points that are not known here"):
        profile_of_codes(*codes, is_gray=False)


def test_the_same_colors_give_the_same_bytes():
    assert profile_of_codes(12, 13, is_gray=False) == profile_of_codes(12, 13, is_gray=False)
