"""Augmentation: places change, colors never; the same for real, generated and content; seeded."""

import pytest
import torch
from portrait_atelier.core.learning.augmentation import Augmentation, AugmentationSettings, draw_augmentation

NOTHING = AugmentationSettings(flip_chance=0, shift=0, hole_chance=0)


def change(*, flip: bool = False, shift=(0.0, 0.0), hole=(0.0, 0.0, 0.0, 0.0)) -> Augmentation:
    return Augmentation(torch.tensor([flip]), torch.tensor([shift]), torch.tensor([hole]))


def drawn(count: int, settings: AugmentationSettings | None = None, seed: int = 0) -> Augmentation:
    return draw_augmentation(count, settings or AugmentationSettings(), torch.Generator().manual_seed(seed))


def test_nothing_is_nothing():
    photos = torch.rand(3, 3, 8, 6)
    assert torch.equal(drawn(3, NOTHING)(photos), photos)


def test_flip_shift_and_hole_by_hand():
    photo = torch.tensor([[[[0.1, 0.2, 0.3, 0.4]]]])
    assert torch.equal(change(flip=True)(photo), photo.flip(3))
    # a quarter of 4 pixels to the left, the edge mirrored into the gap
    assert torch.equal(change(shift=(0.0, 0.25))(photo), photo[..., [1, 2, 3, 2]])
    assert torch.equal(change(shift=(0.0, -0.25))(photo), photo[..., [1, 0, 1, 2]])
    assert torch.equal(change(hole=(0.0, 0.5, 1.0, 0.25))(photo), torch.tensor([[[[0.1, 0.2, 0.5, 0.4]]]]))


def test_no_color_is_made_up():
    colors = torch.rand(4, 3, 1, 1)
    photos = colors.expand(-1, -1, 12, 12)
    changed = drawn(4)(photos)
    hole = (changed == 0.5).all(1, keepdim=True)
    assert ((changed == colors) | hole).all()


def test_the_same_change_at_every_size():
    """A photo and its content, or its feature map, of another size: the same places change."""
    photos = torch.rand(6, 1, 16, 16)
    settings = AugmentationSettings(shift=0.25, hole_size=0.5)
    augmentation = drawn(6, settings)
    steps = (augmentation.shifts * 16).round() / 16  # whole pixels at the smaller size
    corners = (augmentation.holes * 16).round() / 16
    augmentation = Augmentation(augmentation.flips, steps, corners)
    larger = photos.repeat_interleave(2, 2).repeat_interleave(2, 3)
    changed = augmentation(larger)[..., 8:-8, 8:-8]  # mirrored edges fall half a pixel apart
    same = augmentation(photos).repeat_interleave(2, 2).repeat_interleave(2, 3)[..., 8:-8, 8:-8]
    assert torch.equal(changed, same)


def test_each_photo_changes_by_itself_and_as_the_seed_says():
    photos = torch.rand(1, 3, 16, 16).expand(8, -1, -1, -1)
    assert torch.equal(drawn(8)(photos), drawn(8)(photos))
    assert not torch.equal(drawn(8)(photos), drawn(8, seed=1)(photos))
    assert len({tuple(photo.flatten().tolist()) for photo in drawn(8)(photos)}) > 4


def test_the_first_changes_serve_a_smaller_batch():
    photos = torch.rand(5, 3, 16, 16)
    assert torch.equal(drawn(5).first(3)(photos[:3]), drawn(5)(photos)[:3])
    with pytest.raises(ValueError, match=r"photos must be \(3, C, H, W\)"):
        drawn(5).first(3)(photos)


def test_gradients_flow_to_what_is_still_seen():
    photos = torch.rand(2, 3, 8, 8).requires_grad_()
    augmentation = drawn(2, AugmentationSettings(shift=0, hole_chance=1, hole_size=0.5))
    (gradient,) = torch.autograd.grad(augmentation(photos).sum(), photos)
    assert gradient.sum().item() == 2 * 3 * (64 - 16)
    assert ((gradient == 0) | (gradient == 1)).all()


def test_gradients_of_gradients_for_r1():
    photos = torch.rand(1, 1, 4, 4, dtype=torch.float64).requires_grad_()
    augmentation = drawn(1)
    assert torch.autograd.gradgradcheck(lambda values: augmentation(values).square().sum(), (photos,))


def test_wrong_inputs_are_named():
    with pytest.raises(ValueError, match=r"photos must be \(2, C, H, W\), got \(3, 3, 8, 8\)"):
        drawn(2)(torch.rand(3, 3, 8, 8))
    with pytest.raises(ValueError, match=r"shift must be in \[0, 1\], got 1.5"):
        AugmentationSettings(shift=1.5)


def test_a_single_row_of_pixels_is_no_problem():
    assert drawn(2)(torch.rand(2, 3, 1, 5)).shape == (2, 3, 1, 5)
