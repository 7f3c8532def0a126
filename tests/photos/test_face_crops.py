"""Where faces are cut, and the cutting itself."""

import pytest
import torch
from portrait_atelier.core.learning.face_crops import box_around, face_crop
from portrait_atelier.core.photos.faces import FaceBox


def _boxes(*boxes: tuple[float, ...]) -> torch.Tensor:
    return torch.tensor(boxes)


def test_the_whole_image_at_its_size_is_itself():
    images = torch.rand(2, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    crops = face_crop(images, _boxes((0, 0, 1, 1), (0, 0, 1, 1)), 8)
    assert torch.allclose(crops, images, atol=1e-6)


def test_each_image_is_cut_at_its_own_box():
    images = torch.rand(2, 3, 8, 16, generator=torch.Generator().manual_seed(0))
    crops = face_crop(images, _boxes((0.25, 0.5, 0.5, 0.25), (0.5, 0, 0.5, 0.25)), 4)
    assert torch.allclose(crops[0], images[0, :, 2:6, 8:12], atol=1e-6)
    assert torch.allclose(crops[1], images[1, :, 4:8, 0:4], atol=1e-6)


def test_enlarging_is_bilinear_and_holds_the_edge():
    crop = face_crop(torch.tensor([[[[0.0, 1.0]]]]), _boxes((0, 0, 1, 1)), 4)
    assert torch.allclose(crop[0, 0, 0], torch.tensor([0.0, 0.25, 0.75, 1.0]))


def test_shrinking_averages():
    stripes = torch.tensor([0.0, 1.0]).repeat(16).expand(1, 1, 32, 32)
    inner = face_crop(stripes, _boxes((0, 0, 1, 1)), 4)[0, 0, :, 1:-1]
    assert torch.allclose(inner, torch.full_like(inner, 0.5), atol=1e-6)


def test_a_ramp_keeps_its_values():
    ramp = ((torch.arange(64) + 0.5) / 64).expand(1, 1, 64, 64)
    crop = face_crop(ramp, _boxes((0.3, 0.25, 0.5, 0.5)), 8)
    expected = 0.25 + 0.5 * (torch.arange(8) + 0.5) / 8
    assert torch.allclose(crop[0, 0], expected.expand(8, 8), atol=1e-6)


def test_gradients_are_exact_and_stay_in_the_box():
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(2, 1, 6, 5, dtype=torch.float64, generator=generator).requires_grad_()
    boxes = _boxes((0.1, 0.2, 0.6, 0.5), (0, 0, 1, 1))
    assert torch.autograd.gradcheck(lambda pixels: face_crop(pixels, boxes, 3), images)
    wide = torch.zeros(1, 1, 16, 16, requires_grad=True)
    face_crop(wide, _boxes((0.25, 0.25, 0.5, 0.5)), 8).sum().backward()
    assert wide.grad is not None
    assert torch.equal(wide.grad[0, 0, 4:12, 4:12], torch.ones(8, 8))
    assert wide.grad.sum() == 64


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_gpu_cuts_the_same():
    images = torch.rand(2, 3, 32, 32)
    boxes = _boxes((0.1, 0.2, 0.6, 0.5), (0, 0, 1, 1))
    assert torch.allclose(face_crop(images.cuda(), boxes, 16).cpu(), face_crop(images, boxes, 16), atol=1e-4)


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match=r"boxes must be \(B, 4\) for \(B, C, H, W\), got \(1, 4\) for \(2, 3, 8, 8\)"):
        face_crop(torch.zeros(2, 3, 8, 8), _boxes((0, 0, 1, 1)), 4)
    with pytest.raises(ValueError, match="size must be at least 1, got 0"):
        face_crop(torch.zeros(1, 3, 8, 8), _boxes((0, 0, 1, 1)), 0)


def test_the_crop_is_a_square_of_pixels_around_the_face():
    box = box_around(FaceBox(0.4, 0.4, 0.25, 0.125), height=100, width=200)
    # The face has 25 x 25 pixels around (52.5, 92.5), so the crop has 40 x 40.
    assert (box.top, box.left, box.height, box.width) == pytest.approx((0.325, 0.3625, 0.4, 0.2))


def test_crops_are_moved_into_the_photo_and_no_larger_than_it():
    corner = box_around(FaceBox(0, 0.9, 0.1, 0.1), height=100, width=100)
    assert (corner.top, corner.left) == pytest.approx((0, 0.84))
    large = box_around(FaceBox(0.1, 0, 0.5, 0.9), height=200, width=100)
    assert (large.height, large.width, large.left) == pytest.approx((0.5, 1, 0))
    assert large.center[0] == pytest.approx(0.35)


def test_without_a_face_the_middle_is_cut():
    box = box_around(None, height=100, width=100)
    assert box.center == pytest.approx((0.47, 0.5))
    assert box.height == box.width == pytest.approx(3 * (0.16 * 0.13) ** 0.5)
