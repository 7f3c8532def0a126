"""The layers of feature networks, in order and by name: relu1_1 and so on as in VGG, layer1 and so on as in ResNet."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from torch import Tensor, nn

_CONVOLUTION = re.compile(r"conv(\d+)_(\d+)\.weight")


def vgg_shaped(widths: Sequence[int], depths: Sequence[int]) -> nn.Sequential:
    """Build a narrow network in the shape of VGG (Simonyan and Zisserman 2015), with random weights.

    Blocks of 3x3 convolutions and ReLUs, with max pooling between blocks. Unlike VGG it pads by reflection, so that
    the border of a photo gives no edge response; a block's input must therefore be at least 2 pixels a side.

    Args:
        widths: feature maps of each block.
        depths: convolutions of each block.

    Returns:
        Layers named conv1_1, relu1_1, conv1_2, ..., pool1, conv2_1, ...; no pooling after the last block.
    """
    if len(widths) != len(depths) or not widths:
        raise ValueError(f"widths and depths must be of one length, at least 1, got {widths}, {depths}")
    layers, channels = nn.Sequential(), 3
    for block, (width, depth) in enumerate(zip(widths, depths, strict=True), start=1):
        if block > 1:
            layers.add_module(f"pool{block - 1}", nn.MaxPool2d(2))
        for number in range(1, depth + 1):
            convolution = nn.Conv2d(channels, width, 3, padding=1, padding_mode="reflect")
            layers.add_module(f"conv{block}_{number}", convolution)
            layers.add_module(f"relu{block}_{number}", nn.ReLU())
            channels = width
    return layers


def shape_of(weights: Mapping[str, Tensor]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the widths and depths of the `vgg_shaped` network to which weights belong, by their names and shapes.

    Raises:
        ValueError: the names are not those of such a network.
    """
    matches = [match for name in weights if (match := _CONVOLUTION.fullmatch(name))]
    depths = Counter(int(match[1]) for match in matches)
    if not depths or sorted(depths) != list(range(1, len(depths) + 1)):
        raise ValueError("there are no convolutions named conv1_1, conv1_2, ...")
    widths = {int(match[1]): len(weights[match[0]]) for match in matches}
    return tuple(widths[block] for block in sorted(widths)), tuple(depths[block] for block in sorted(depths))


def named_vgg_layers(features: nn.Module) -> nn.Sequential:
    """Name torchvision's numbered VGG layers by block and position in it."""
    named, block, number = nn.Sequential(), 1, 0
    for layer in features.children():
        if isinstance(layer, nn.Conv2d):
            number += 1
        kind = {nn.Conv2d: "conv", nn.ReLU: "relu", nn.BatchNorm2d: "norm"}.get(type(layer))
        named.add_module(f"{kind}{block}_{number}" if kind else f"pool{block}", layer)
        if kind is None:
            block, number = block + 1, 0
    return named


def named_resnet_layers(model: nn.Module) -> nn.Sequential:
    """Return the layers of torchvision's ResNet by name: conv1, bn1, relu, maxpool, layer1 to layer4."""
    named = nn.Sequential()
    for name, layer in model.named_children():
        named.add_module(name, layer)
        if name == "layer4":
            break
    return named
