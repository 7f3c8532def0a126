"""Masks of regions, made by the worker that the GIMP plug-in asks."""

import sys

import numpy as np
import pytest
from icc_profiles import adobe_rgb
from portrait_atelier.core.imaging.color_management import to_uint8
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.styles.region_masks import PARTS, mask_of
from worker_process import atelier_client, layout_of, pixels

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="looks at Unix's files of a process")


def mask_by_worker(worker, array, part, profile=None, masks=()):
    layout = layout_of(array, "u8")
    memory = worker.allocate({**layout, "rgb": False, "alpha": False})
    memory.write(0, array.tobytes())
    blobs = [*([profile] if profile else []), *(mask.tobytes() for mask in masks)]
    answer = worker.ask("mask", {**layout, "region": part, "masks": len(masks)}, blobs)
    found = np.frombuffer(memory.read(0, array.shape[0] * array.shape[1]), np.uint8).reshape(array.shape[:2])
    memory.close()
    return found, answer


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("profile", [None, adobe_rgb()], ids=["sRGB", "Adobe RGB"])
def test_the_mask_of_a_region_replaces_the_layer_and_other_masks_hold_too(worker, part, profile):
    array = pixels("u8", 4)
    expected = mask_of(Photo(*map(np.ascontiguousarray, (array[..., :3], array[..., 3])), profile), part)
    found, answer = mask_by_worker(worker, array, part, profile)
    np.testing.assert_array_equal(found, to_uint8(expected))
    assert answer["share"] == pytest.approx(expected.mean(), abs=1e-5)
    other = np.full(found.shape, 100, np.uint8)
    other[:, :9] = 0
    both, answer = mask_by_worker(worker, array, part, profile, [other])
    np.testing.assert_array_equal(both, np.minimum(found, other))
    assert answer["share"] == pytest.approx(expected.mean(), abs=1e-5)


def test_a_mask_of_another_size_is_refused(worker):
    with pytest.raises(atelier_client.Problem, match="a mask does not fit the size of the layer"):
        mask_by_worker(worker, pixels("u8", 3), "subject", masks=[np.zeros(7, np.uint8)])


def test_a_mask_of_no_region_is_refused(worker):
    with pytest.raises(atelier_client.Problem, match="region must be one of subject, .*cloth, got 'whole'"):
        worker.ask("mask", {**layout_of(pixels("u8", 3), "u8"), "region": "whole"})
