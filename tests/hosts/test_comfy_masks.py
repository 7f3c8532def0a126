"""Masks of regions and crops around the face, by the nodes, inside the real ComfyUI."""

from __future__ import annotations

import comfy_host
import pytest
import torch
from comfy_calls import applied, atelier_error, load_style, portrait_batch

pytestmark = [pytest.mark.comfyui, pytest.mark.usefixtures("comfy_pack")]


def test_masks_are_those_of_the_core(nodes: dict):
    portrait = portrait_batch()
    found = nodes["AtelierPortraitMasks"].execute(torch.cat([portrait, portrait.flip(2)])).result
    outputs = [one.display_name for one in nodes["AtelierPortraitMasks"].define_schema().outputs]
    assert outputs == ["subject", "ground", "skin", "hair", "face", "cloth"]
    for number, image in enumerate((portrait, portrait.flip(2))):
        photo = comfy_host.part("comfy_nodes.pictures").photo_of(image[0])
        expected = comfy_host.part("core.styles.region_masks").masks_of(photo)
        for name, mask in zip(outputs, found, strict=True):
            assert mask.shape == (2, 256, 256)
            assert torch.equal(mask[number], torch.from_numpy(expected[name]))
    assert torch.equal(found[0] + found[1], torch.ones(2, 256, 256))


@pytest.mark.parametrize("shape", [(0, 40, 30, 3), (1, 40, 30, 1), (1, 9, 8, 4)])
def test_masks_of_other_images(nodes: dict, shape: tuple[int, ...]):
    for mask in nodes["AtelierPortraitMasks"].execute(torch.full(shape, 0.5)).result:
        assert mask.shape == shape[:3]


def test_a_mask_of_the_node_is_the_region_of_apply(nodes: dict):
    image, style = portrait_batch(), load_style(nodes)
    ground = nodes["AtelierPortraitMasks"].execute(image)[1]
    by_mask = applied(nodes, image, 1.0, 0, style=style, mask=ground)[0]
    assert torch.equal(applied(nodes, image, 1.0, 0, style=style, region="ground")[0], by_mask)


@pytest.mark.parametrize(("more", "near"), [(64, 12), (256, 40)])  # too small a face for the first search
def test_a_crop_is_cut_around_the_face_pixel_for_pixel(nodes: dict, more: int, near: int):
    image = torch.nn.functional.pad(portrait_batch(), (0, 0, more, 0))  # the person is on the right
    crop = nodes["AtelierDetailCrop"].execute(image, 96)[0]
    assert crop.shape == (1, 96, 96, 3)
    windows = image[0].unfold(0, 96, 1).unfold(1, 96, 1)  # (rows, columns, C, 96, 96)
    same = (windows == crop[0].permute(2, 0, 1)).all(-1).all(-1).all(-1)
    ((top, left),) = same.nonzero().tolist()
    assert abs(top + 48 - 60) < near  # the middle of the face
    assert abs(left + 48 - (more + 113)) < near


def test_a_crop_shows_before_and_after_of_the_same_place(nodes: dict):
    before = portrait_batch()
    crop = nodes["AtelierDetailCrop"].execute(1 - before.repeat(2, 1, 1, 1), 64, before)[0]
    assert crop.shape == (2, 64, 64 + 8 + 64, 3)
    assert torch.allclose(crop[:, :, :64], 1 - crop[:, :, 72:])
    result = nodes["AtelierDetailCrop"].execute(before[..., :1], 4000)
    assert result[0].shape == (1, 256, 256, 3)
    assert len(result.ui.as_dict()["images"]) == 1
    with pytest.raises(atelier_error("PhotoError"), match="before: has another size than image"):
        nodes["AtelierDetailCrop"].execute(before, 64, before[:, :100])
