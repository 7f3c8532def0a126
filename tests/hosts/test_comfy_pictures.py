"""ComfyUI's tensors as photos, and batches restyled."""

from __future__ import annotations

import comfy_host
import numpy as np
import pytest
import torch

pytestmark = [pytest.mark.comfyui, pytest.mark.usefixtures("comfy_pack")]


def _random(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def _style(name: str = "golden-hour"):
    folders = comfy_host.part("comfy_nodes.folders")
    folders.register_style_folder()
    return comfy_host.part("comfy_nodes.style_store").open_style(folders.style_entry(name))


def _restyled(image: torch.Tensor, style=None, mask: torch.Tensor | None = None, **controls) -> torch.Tensor:
    known = comfy_host.part("core.styles.controls").Controls(device="cpu", **controls)
    restyling = comfy_host.part("comfy_nodes.restyling")
    return restyling.restyle_batches([restyling.Job(image, style or _style(), known, mask)])[0]


def test_no_number_is_0_and_what_lies_outside_is_the_nearer_end():
    frame = torch.full((8, 8, 3), 0.5)
    frame[0, :4, 0] = torch.tensor([float("nan"), float("inf"), -float("inf"), 7.0])
    photo = comfy_host.part("comfy_nodes.pictures").photo_of(frame)
    assert photo.pixels[0, :4, 0].tolist() == [0, 1, 0, 1]
    assert (photo.pixels[1:] == 0.5).all()


def test_an_image_of_two_channels_is_refused():
    error = comfy_host.part("core.errors").PhotoError
    with pytest.raises(error, match=r"image: has shape \(8, 8, 2\)"):
        comfy_host.part("comfy_nodes.pictures").photo_of(torch.zeros(8, 8, 2))


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_size_and_number_stay_and_values_lie_between_0_and_1(channels: int):
    image = _random(2, 40, 30, channels) * 3 - 1
    result = _restyled(image, strength=1.5)
    assert result.shape == image.shape
    assert result.dtype == torch.float32
    assert result.min() >= 0
    assert result.max() <= 1


def test_alpha_survives():
    image = _random(1, 24, 24, 4)
    result = _restyled(image)
    assert torch.equal(result[..., 3], image[..., 3])
    assert (result[..., :3] - image[..., :3]).abs().mean() > 0.01


def test_the_frames_of_a_film_have_grain_of_their_own():
    image = _random(1, 64, 64, 3).repeat(2, 1, 1, 1)
    style = comfy_host.part("core.learning.resolve").resolve_style("silver-gelatin")
    first, second = _restyled(image, style)
    assert not torch.equal(first, second)
    assert torch.equal(first, _restyled(image[:1], style)[0])


def test_what_the_mask_leaves_out_stays_bit_for_bit():
    image, mask = _random(2, 32, 32, 3), torch.zeros(1, 32, 32)
    mask[:, :, 16:] = 1
    result = _restyled(image, mask=mask)
    assert torch.equal(result[:, :, :16], image[:, :, :16])
    assert torch.equal(result[:, :, 16:], _restyled(image)[:, :, 16:])


def test_masks_are_taken_in_turn():
    image, masks = _random(1, 32, 32, 3).expand(3, -1, -1, -1), torch.stack([torch.zeros(32, 32), torch.ones(32, 32)])
    result = _restyled(image, mask=masks)
    assert torch.equal(result[0], image[0])
    assert torch.equal(result[2], image[2])
    assert not torch.equal(result[1], image[1])


def test_the_mask_of_an_opaque_loaded_image_is_no_mask():
    fitted_mask = comfy_host.part("comfy_nodes.masks").fitted_mask
    assert fitted_mask(torch.zeros(1, 64, 64), 100, 80) is None
    assert fitted_mask(None, 100, 80) is None
    assert fitted_mask(torch.zeros(1, 64, 64), 64, 64).sum() == 0  # of that size, it may well be meant
    assert fitted_mask(torch.zeros(1, 100, 80), 100, 80).sum() == 0


def test_a_smaller_mask_of_the_same_shape_is_enlarged():
    mask = torch.zeros(10, 20)
    mask[:, 10:] = 1
    fitted = comfy_host.part("comfy_nodes.masks").fitted_mask(mask, 100, 200)
    assert fitted.shape == (1, 100, 200)
    assert fitted[0, 50, 20] == 0
    assert fitted[0, 50, 180] == 1


def test_a_mask_of_another_shape_is_refused():
    error = comfy_host.part("core.errors").PhotoError
    with pytest.raises(error, match=r"mask: has another shape \(50 x 100\) than the image \(100 x 100\)"):
        comfy_host.part("comfy_nodes.masks").fitted_mask(torch.ones(1, 100, 50), 100, 100)


def test_a_mask_may_be_inverted_and_feathered():
    fitted_mask = comfy_host.part("comfy_nodes.masks").fitted_mask
    mask = torch.zeros(1, 100, 80)
    mask[:, 50:] = 1
    assert torch.equal(fitted_mask(mask, 100, 80, invert=True), 1 - mask)
    assert fitted_mask(torch.zeros(1, 64, 64), 100, 80, invert=True) is None  # of an opaque image
    soft = fitted_mask(mask, 100, 80, feather=20)[0, :, 40]
    assert (soft.diff() >= 0).all()
    assert soft[10] < 1e-4
    assert 0.1 < soft[45] < 0.4
    assert soft[49] + soft[50] == pytest.approx(1, abs=1e-5)
    assert soft[95] > 1 - 1e-4  # not darkened by the border


def test_the_pictures_of_a_list_are_a_series_whatever_their_sizes():
    part = comfy_host.part
    restyling, job = part("comfy_nodes.restyling"), part("comfy_nodes.restyling").Job
    photos = part("comfy_nodes.nodes_photos").StyleFromPhotos
    warm = _random(4, 48, 48, 3) * torch.tensor([1.0, 0.8, 0.5])
    style = photos.execute(folder=["(none)"], content_folder=["(none)"], images=[warm])[0]
    images = [_random(1, 48, 48, 3) * 0.3, _random(2, 32, 64, 3)]
    for image in images:
        image[:, :8] = 0.4  # one color in all
    series = part("core.styles.controls").Controls(device="cpu", series=True)
    told = []
    together = restyling.restyle_batches(
        [job(image, style, series) for image in images], count=lambda *step: told.append(step)
    )
    assert [tuple(one.shape) for one in together] == [(1, 48, 48, 3), (2, 32, 64, 3)]
    colors = torch.cat([one[:, 0, 0] for one in together])
    assert torch.allclose(colors, colors[:1].expand_as(colors), atol=2e-3)  # up to the light, which has places
    alone = restyling.restyle_batches([job(image, style, part("core.styles.controls").Controls()) for image in images])
    assert (alone[0][0, 0, 0] - alone[1][0, 0, 0]).abs().max() > 0.01
    assert told == sorted(told)
    assert told[-1] == (300, 300)


def test_a_white_frame_changes_no_look_of_a_series_and_stays_white_alone():
    photos = comfy_host.part("comfy_nodes.nodes_photos").StyleFromPhotos
    warm = _random(4, 48, 48, 3) * torch.tensor([1.0, 0.8, 0.5])
    style = photos.execute(folder=["(none)"], content_folder=["(none)"], images=[warm])[0]
    frames, white = _random(2, 48, 48, 3) * 0.4, torch.ones(1, 48, 48, 3)
    expected = _restyled(frames, style, series=True)
    assert torch.equal(_restyled(torch.cat([white, frames]), style, series=True)[1:], expected)
    typical = comfy_host.part("core.styles.fitting").look_of(
        comfy_host.part("core.estimation.content").Content.mean_portrait(),
        style,
        comfy_host.part("core.styles.controls").Controls(),
    )
    rendered = comfy_host.part("core.imaging.rendering.render").render(white[0].numpy(), typical)
    assert np.abs(_restyled(white, style)[0].numpy() - rendered.clip(0, 1)).max() < 1e-5


def test_a_series_gets_one_look_and_single_images_their_own():
    photos = comfy_host.part("comfy_nodes.nodes_photos").StyleFromPhotos
    warm = _random(4, 48, 48, 3) * torch.tensor([1.0, 0.8, 0.5])
    style = photos.execute(folder=["(none)"], content_folder=["(none)"], images=[warm])[0]
    image = torch.stack([_random(48, 48, 3) * light for light in (0.3, 1.0)])
    image[:, :8] = 0.4  # one color in both
    alone, together = _restyled(image, style), _restyled(image, style, series=True)
    assert torch.equal(together[0, :8], together[1, :8])
    assert (alone[0, :8] - alone[1, :8]).abs().mean() > 0.01


def test_a_picture_of_bytes_becomes_an_image():
    image = comfy_host.part("comfy_nodes.pictures").image_of(np.full((4, 6, 3), 51, np.uint8))
    assert image.shape == (1, 4, 6, 3)
    assert image[0, 0, 0, 0] == pytest.approx(0.2)
