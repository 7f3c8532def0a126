"""Frozen networks that describe photos: content by a middle layer, style by several (Gatys et al. 2016)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from torch import Tensor, nn

from ..errors import WeightsError
from ..folders import weights_folder
from .feature_layers import named_resnet_layers, named_vgg_layers, shape_of, vgg_shaped
from .pretrained import PRETRAINED, is_on_this_computer, read_pretrained

# Mean and deviation of ImageNet's colors, by which all these networks expect their input to be normalized.
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True)
class LayerSelection:
    """The layers of a network that losses use.

    Attributes:
        name: of the network.
        content_layer: a middle layer, which encodes shapes and positions.
        style_layers: from fine to coarse; their correlations encode colors and textures, not positions.
        smallest_side: smallest side of a photo, in pixels.
    """

    name: str
    content_layer: str
    style_layers: tuple[str, ...]
    smallest_side: int


# The compact network has relu5_1 too, but its correlations there differ from its teacher's (benchmarks/README.md).
_VGG_STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
LAYER_SELECTIONS = {
    "vgg19": LayerSelection("vgg19", "relu4_2", _VGG_STYLE, 16),
    "vgg16": LayerSelection("vgg16", "relu4_2", _VGG_STYLE, 16),
    "resnet50": LayerSelection("resnet50", "layer3", ("relu", "layer1", "layer2", "layer3", "layer4"), 32),
    "compact": LayerSelection("compact", "relu4_2", _VGG_STYLE[:4], 32),
}


class Features(dict[str, Tensor]):
    """Feature maps by the name of their layer, from fine to coarse; each (B, C, H, W)."""

    def only(self, layers: Iterable[str]) -> Features:
        """Return the maps of some layers, in the order given."""
        return Features((layer, self[layer]) for layer in layers)

    def detach(self) -> Features:
        """Return the maps detached from the graph."""
        return Features((layer, values.detach()) for layer, values in self.items())


class FeatureExtractor(nn.Module):
    """A frozen network of named layers that normalizes its input itself.

    Its weights are frozen and it stays in evaluation mode; gradients flow through it to the photos.

    Shape: (B, 3, H, W) sRGB-encoded in [0, 1] -> for each layer asked for (B, C, H', W').

    Attributes:
        layer_selection: the layers of the content and the style loss.
    """

    def __init__(self, layers: nn.Sequential, layer_selection: LayerSelection) -> None:
        super().__init__()
        self.layers = layers
        self.layer_selection = layer_selection
        self.register_buffer("mean", torch.tensor(_MEAN)[:, None, None], persistent=False)
        self.register_buffer("spread", torch.tensor(_SPREAD)[:, None, None], persistent=False)
        self._check_layers({layer_selection.content_layer, *layer_selection.style_layers})
        _keep_every_layer_readable(layers)
        self.requires_grad_(False)
        self.eval()

    @property
    def layer_names(self) -> tuple[str, ...]:
        """All layer names, from fine to coarse."""
        return tuple(name for name, _ in self.layers.named_children())

    def train(self, mode: bool = True) -> FeatureExtractor:
        """Stay in evaluation mode, whatever mode a parent module is set to."""
        super().train(False)
        return self

    def forward(self, photos: Tensor, layers: Iterable[str] | None = None) -> Features:
        """Compute feature maps.

        Args:
            photos: (B, 3, H, W) in [0, 1].
            layers: names; by default those of `layer_selection`. Deeper layers are not computed.

        Raises:
            ValueError: photos is not (B, 3, H, W) or too small, or there is no such layer.
        """
        wanted = (
            {self.layer_selection.content_layer, *self.layer_selection.style_layers} if layers is None else set(layers)
        )
        self._check_layers(wanted)
        self._check_photos(photos)
        values, found = self.normalized(photos), Features()
        for name, layer in self.layers.named_children():
            if len(found) == len(wanted):
                break
            values = layer(values)
            if name in wanted:
                found[name] = values
        return found

    def normalized(self, photos: Tensor) -> Tensor:
        """Normalize photos in [0, 1] by the mean and deviation of ImageNet."""
        return (photos - self.get_buffer("mean")) / self.get_buffer("spread")

    def content(self, photos: Tensor) -> Tensor:
        """Return the content layer's map of photos (B, 3, H, W) in [0, 1]: (B, C, H', W')."""
        return self(photos, [self.layer_selection.content_layer])[self.layer_selection.content_layer]

    def style(self, photos: Tensor) -> Features:
        """Return the style layers' maps of photos (B, 3, H, W) in [0, 1]."""
        return self(photos, self.layer_selection.style_layers)

    def _check_layers(self, wanted: set[str]) -> None:
        unknown = sorted(wanted - set(self.layer_names))
        if unknown:
            raise ValueError(
                f"{self.layer_selection.name} has no layer {unknown[0]!r}; layers are {', '.join(self.layer_names)}"
            )

    def _check_photos(self, photos: Tensor) -> None:
        least = self.layer_selection.smallest_side
        if photos.ndim != 4 or photos.shape[1] != 3 or min(photos.shape[2:]) < least:
            raise ValueError(f"photos must be (B, 3, H, W), {least} pixels or more a side, got {tuple(photos.shape)}")


def default_features(hub_folder: Path | None = None) -> str:
    """Return the name of the default network: `vgg19` if its weights are on this computer, else `compact`."""
    return "vgg19" if is_on_this_computer(PRETRAINED["vgg19"], hub_folder) else "compact"


def load_features(
    name: str | None = None, *, allow_download: bool = False, hub_folder: Path | None = None
) -> FeatureExtractor:
    """Load a feature network.

    Args:
        name: `vgg19`, `vgg16`, `resnet50` or `compact`; None for the default.
        allow_download: whether missing weights may be downloaded; only with consent of the user.
        hub_folder: the folder of torch's downloads; None for its default.

    Raises:
        ValueError: there is no network of that name.
        WeightsError: its weights are missing or damaged, or the download failed. The text names the cure.
    """
    name = name or default_features(hub_folder)
    if name not in LAYER_SELECTIONS:
        raise ValueError(f"features must be one of {', '.join(LAYER_SELECTIONS)}, got {name!r}")
    if name == "compact":
        return read_compact(weights_folder() / "compact.safetensors")
    file = PRETRAINED[name]
    return torchvision_features(name, read_pretrained(file, hub_folder, allow_download=allow_download))


def read_compact(path: Path) -> FeatureExtractor:
    """Read the bundled feature network, or another of its kind, from a safetensors file.

    Raises:
        WeightsError: the file is missing or damaged.
    """
    try:
        weights = load(path.read_bytes())
        layers = vgg_shaped(*shape_of(weights))
        layers.load_state_dict(weights)
        return FeatureExtractor(layers, LAYER_SELECTIONS["compact"])
    except (OSError, SafetensorError, RuntimeError, ValueError) as error:
        raise WeightsError(
            "{path}: the feature network cannot be read ({cause}); reinstall portrait-atelier", path=path, cause=error
        ) from error


def torchvision_features(name: str, weights: dict[str, Tensor]) -> FeatureExtractor:
    """Build torchvision's architecture of that name with these weights, without the classifier.

    Args:
        name: `vgg19`, `vgg16` or `resnet50`.
        weights: named as torchvision names them.

    Raises:
        WeightsError: some are missing or of the wrong shape.
    """
    from torchvision import models

    with torch.device("meta"):  # no memory and no random numbers for weights that are replaced at once
        model = models.get_model(name, weights=None)
    described = {key: value for key, value in weights.items() if not key.startswith(("classifier.", "fc."))}
    try:
        model.load_state_dict(described, strict=False, assign=True)
    except RuntimeError as error:
        raise WeightsError("these are not the weights of {name} ({cause})", name=name, cause=error) from error
    layers = named_resnet_layers(model) if name == "resnet50" else named_vgg_layers(model.get_submodule("features"))
    missing = [key for key, value in layers.state_dict().items() if value.is_meta]
    if missing:
        raise WeightsError("these are not the weights of {name} ({layer} is missing)", name=name, layer=missing[0])
    return FeatureExtractor(layers, LAYER_SELECTIONS[name])


def _keep_every_layer_readable(layers: nn.Module) -> None:
    """Disable in-place layers, which overwrite the output of the layer before."""
    for module in layers.modules():
        if isinstance(module, nn.ReLU):
            module.inplace = False
