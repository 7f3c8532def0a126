import numpy as np
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.photos.proxy_store import PackedProxy, StoredProxies
from scenes import scene


def test_a_proxy_comes_back_as_it_was_stored():
    pixels, weights = scene(1), np.linspace(0, 1, 256 * 256, dtype=np.float32).reshape(256, 256)
    back = PackedProxy.pack(Proxy(pixels, weights)).unpack()
    assert back.pixels.dtype == back.weights.dtype == np.float32
    np.testing.assert_allclose(back.pixels, pixels, atol=1 / 130000)
    np.testing.assert_allclose(back.weights, weights, atol=1 / 130000)


def test_eight_bit_values_come_back_exactly():
    levels = np.repeat(np.arange(256, dtype=np.float32)[None, :, None] / np.float32(255), 3, axis=-1)
    back = PackedProxy.pack(Proxy.opaque(levels)).unpack()
    np.testing.assert_array_equal(np.round(back.pixels * 255), np.round(levels * 255))


def test_full_weights_take_no_memory():
    packed = PackedProxy.pack(Proxy.opaque(scene(1)))
    assert packed.weights is None
    assert packed.pixels.nbytes == 256 * 256 * 3 * 2
    assert (packed.unpack().weights == 1).all()


def test_equal_means_equal_pixels_and_weights():
    opaque = PackedProxy.pack(Proxy.opaque(scene(1)))
    half = PackedProxy.pack(Proxy(scene(1), np.full((256, 256), 0.5, np.float32)))
    assert opaque == PackedProxy.pack(Proxy.opaque(scene(1)))
    assert opaque != PackedProxy.pack(Proxy.opaque(scene(2)))
    assert opaque != half
    assert half == PackedProxy.pack(half.unpack())


def test_stored_proxies_are_a_sequence():
    stored = StoredProxies([PackedProxy.pack(Proxy.opaque(scene(seed))) for seed in range(4)])
    assert len(stored) == 4
    assert [proxy.pixels.shape for proxy in stored] == [(256, 256, 3)] * 4
    assert len(stored[1:3]) == 2
    np.testing.assert_array_equal(stored[-1].pixels, stored[3].pixels)
