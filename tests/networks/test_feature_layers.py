"""Names and shapes of the layers of feature networks."""

import pytest
import torch
from portrait_atelier.core.networks.feature_layers import shape_of, vgg_shaped


def test_layers_are_named_by_block_and_place():
    layers = vgg_shaped((2, 3), (2, 1))
    assert [name for name, _ in layers.named_children()] == [
        "conv1_1", "relu1_1", "conv1_2", "relu1_2", "pool1", "conv2_1", "relu2_1",
    ]  # fmt: skip
    assert layers(torch.rand(1, 3, 8, 6)).shape == (1, 3, 4, 3)


def test_shape_is_told_from_weights():
    widths, depths = (2, 3, 5), (2, 1, 3)
    assert shape_of(vgg_shaped(widths, depths).state_dict()) == (widths, depths)


def test_a_flat_photo_has_no_edges():
    """Reflection: every place of a flat photo looks the same, those at its border too."""
    values = vgg_shaped((4, 4), (2, 2))(torch.full((1, 3, 8, 8), 0.7))
    torch.testing.assert_close(values, values[..., :1, :1].expand_as(values))


@pytest.mark.parametrize("names", [[], ["fc.weight"], ["conv2_1.weight"]])
def test_other_weights_are_refused(names):
    with pytest.raises(ValueError, match="no convolutions named conv1_1"):
        shape_of({name: torch.zeros(1) for name in names})


def test_widths_and_depths_must_agree():
    for widths, depths in (((4,), (1, 2)), ((), ())):
        with pytest.raises(ValueError, match="must be of one length"):
            vgg_shaped(widths, depths)
