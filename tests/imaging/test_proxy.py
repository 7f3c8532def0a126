"""Proxies: averages over areas, weighted by opacity, in sRGB."""

import icc_profiles as profiles
import imagecodecs
import numpy as np
import pytest
from photo_files import pattern, save, smooth
from portrait_atelier.core.errors import PhotoError
from portrait_atelier.core.imaging.color_management import to_srgb
from portrait_atelier.core.imaging.files.reading import read_proxy
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import PROXY_SIZE, proxy_of


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_areas_are_averaged(dtype):
    pixels = pattern(dtype, height=512, width=1024)
    proxy = proxy_of(Photo(pixels))
    top = 1 if dtype == np.float32 else np.iinfo(dtype).max
    means = (pixels / top).reshape(128, 4, 256, 4, 3).mean((1, 3))
    np.testing.assert_allclose(proxy.pixels, means, atol=0.6 / 255)
    assert proxy.pixels.dtype == proxy.weights.dtype == np.float32
    assert (proxy.weights == 1).all()


def test_a_small_photo_keeps_its_size():
    assert proxy_of(Photo(pattern(height=20, width=30))).pixels.shape == (20, 30, 3)


def test_a_long_photo_keeps_its_longer_side():
    assert proxy_of(Photo(pattern(height=20, width=3000))).pixels.shape == (2, PROXY_SIZE, 3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("size", [(600, 400), (517, 301), (100, 80)])
def test_transparent_pixels_do_not_count(dtype, size):
    white = 1 if dtype == np.float32 else np.iinfo(dtype).max
    pixels = np.full((*size, 3), white, dtype)
    alpha = np.zeros(size, dtype)
    pixels[::2], alpha[::2] = pattern(dtype, height=size[0], width=size[1])[::2].mean(), white
    proxy = proxy_of(Photo(pixels, alpha))
    seen = proxy.weights > 0.1
    np.testing.assert_allclose(proxy.pixels[seen], pixels[0, 0, 0] / white, atol=1e-5)
    assert proxy.weights.mean() == pytest.approx((alpha / white).mean(), abs=1e-3)


def test_full_opacity_is_as_no_alpha():
    pixels = pattern(np.float32, height=700, width=500)
    seen = proxy_of(Photo(pixels, np.ones((700, 500), np.float32)))
    plain = proxy_of(Photo(pixels))
    np.testing.assert_allclose(seen.pixels, plain.pixels, atol=1e-5)
    np.testing.assert_allclose(seen.weights, 1, atol=1e-5)


@pytest.mark.parametrize("suffix", [".png", ".tif", ".webp"])
def test_a_photo_of_nothing_is_refused(tmp_path, suffix):
    pixels = pattern(channels=4)
    pixels[..., 3] = 0
    path = save(tmp_path / f"a{suffix}", pixels, **({"lossless": True} if suffix == ".webp" else {}))
    with pytest.raises(PhotoError, match=r"every pixel is transparent .*; choose another photo"):
        read_proxy(path)


def test_profiles_are_converted(tmp_path):
    path = save(tmp_path / "a.jpg", smooth(300, 300), icc_profile=profiles.p3(), quality=100, subsampling=0)
    wanted = to_srgb(smooth(300, 300), profiles.p3()).clip(0, 1)
    assert np.abs(read_proxy(path).pixels.mean((0, 1)) - wanted.mean((0, 1))).max() < 0.01


def test_gray_is_repeated(tmp_path):
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(pattern(np.uint16, 2, 500, 400)))
    proxy = read_proxy(tmp_path / "a.png")
    assert proxy.pixels.shape == (256, 205, 3)
    np.testing.assert_array_equal(proxy.pixels, proxy.pixels[..., :1].repeat(3, -1))
