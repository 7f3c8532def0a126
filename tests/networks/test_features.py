"""Feature networks: torchvision's real layer names and shapes with weights of our own, the bundled one, frozenness."""

import sys

import pytest
import torch
from portrait_atelier.core.errors import WeightsError
from portrait_atelier.core.networks import features as module
from portrait_atelier.core.networks.feature_layers import vgg_shaped
from portrait_atelier.core.networks.features import (
    LAYER_SELECTIONS,
    FeatureExtractor,
    Features,
    LayerSelection,
    default_features,
    load_features,
    read_compact,
    torchvision_features,
)
from portrait_atelier.core.networks.pretrained import PRETRAINED, place_of
from safetensors.torch import save_file

TINY_PLAN = LayerSelection("tiny", "relu2_1", ("relu1_1", "relu2_1"), 4)


def tiny() -> FeatureExtractor:
    torch.manual_seed(0)
    return FeatureExtractor(vgg_shaped((4, 6), (2, 1)), TINY_PLAN)


def random_weights(name: str) -> dict[str, torch.Tensor]:
    """Weights under torchvision's names and shapes, without what classifies."""
    models = pytest.importorskip("torchvision.models")
    with torch.device("meta"):
        state = models.get_model(name, weights=None).state_dict()
    generator = torch.Generator().manual_seed(1)
    weights = {}
    for key, value in state.items():
        if not key.startswith(("classifier.", "fc.")):
            weights[key] = torch.rand(value.shape, generator=generator) * 0.05 + (0.5 if "running_var" in key else 0)
    return weights


def write_weights(name: str, hub_folder) -> None:
    """Put a small file where torch would have put the download; it has no weights."""
    place = place_of(PRETRAINED[name], hub_folder)
    place.parent.mkdir(parents=True)
    torch.save({}, place)


@pytest.mark.parametrize(("name", "deepest"), [("vgg16", "relu5_3"), ("vgg19", "relu5_4")])
def test_vgg_has_its_real_layers(name, deepest):
    weights = random_weights(name)
    extractor = torchvision_features(name, weights)
    features = extractor(torch.rand(2, 3, 32, 48))
    assert {layer: tuple(values.shape) for layer, values in features.items()} == {
        "relu1_1": (2, 64, 32, 48),
        "relu2_1": (2, 128, 16, 24),
        "relu3_1": (2, 256, 8, 12),
        "relu4_1": (2, 512, 4, 6),
        "relu4_2": (2, 512, 4, 6),
        "relu5_1": (2, 512, 2, 3),
    }
    assert extractor.layer_names[-2:] == (deepest, "pool5")
    assert torch.equal(extractor.layers.get_parameter("conv2_1.weight"), weights["features.5.weight"])


def test_resnet_has_its_real_layers():
    features = torchvision_features("resnet50", random_weights("resnet50"))(torch.rand(1, 3, 64, 64))
    assert {layer: tuple(values.shape) for layer, values in features.items()} == {
        "relu": (1, 64, 32, 32),
        "layer1": (1, 256, 16, 16),
        "layer2": (1, 512, 8, 8),
        "layer3": (1, 1024, 4, 4),
        "layer4": (1, 2048, 2, 2),
    }
    assert LAYER_SELECTIONS["resnet50"].content_layer == "layer3"


def test_resnet_sees_what_torchvision_sees():
    models = pytest.importorskip("torchvision.models")
    weights = random_weights("resnet50")
    model = models.resnet50(weights=None).eval()
    model.load_state_dict(weights, strict=False)
    extractor = torchvision_features("resnet50", weights)
    photo = torch.rand(1, 3, 32, 32)
    values = (photo - torch.tensor([0.485, 0.456, 0.406])[:, None, None]) / torch.tensor([0.229, 0.224, 0.225])[
        :, None, None
    ]
    with torch.no_grad():
        values = model.maxpool(model.relu(model.bn1(model.conv1(values))))
        torch.testing.assert_close(extractor(photo, ["layer2"])["layer2"], model.layer2(model.layer1(values)))


def test_weights_that_do_not_fit_are_refused():
    weights = random_weights("vgg16")
    with pytest.raises(WeightsError, match="not the weights of vgg19"):
        torchvision_features("vgg19", weights)
    del weights["features.0.bias"]
    with pytest.raises(WeightsError, match=r"not the weights of vgg16 \(conv1_1.bias is missing\)"):
        torchvision_features("vgg16", weights)


def test_torchvision_is_imported_late():
    assert "torchvision" not in vars(module)
    assert "torchvision" not in {line.split()[1].split(".")[0] for line in _import_lines(module)}


def _import_lines(imported) -> list[str]:
    with open(sys.modules[imported.__name__].__file__, encoding="utf-8") as source:
        return [line for line in source if line.startswith(("import ", "from "))]


def test_frozen_yet_gradients_reach_the_photos():
    extractor = tiny().train()
    assert not extractor.training
    assert not any(parameter.requires_grad for parameter in extractor.parameters())
    photos = torch.rand(1, 3, 8, 8, requires_grad=True)
    (gradient,) = torch.autograd.grad(extractor.content(photos).sum(), photos)
    assert gradient.abs().sum() > 0
    assert not torch.nn.ModuleList([extractor]).train()[0].training


def test_colors_are_normalized_inside():
    extractor = tiny()
    photo = torch.tensor([0.485, 0.456, 0.406])[None, :, None, None].expand(1, 3, 8, 8)
    assert extractor.normalized(photo).abs().max() < 1e-6
    bias = extractor.layers.get_parameter("conv1_1.bias").relu()
    torch.testing.assert_close(extractor(photo, ["relu1_1"])["relu1_1"][0, :, 3, 3], bias)


def test_only_what_is_asked_for_is_computed():
    extractor = tiny()
    extractor.layers.get_submodule("conv2_1").register_forward_hook(lambda *_: pytest.fail("computed for nothing"))
    assert list(extractor(torch.rand(1, 3, 8, 8), ["relu1_2", "relu1_1"])) == ["relu1_1", "relu1_2"]


def test_every_layer_can_be_read_without_being_overwritten():
    layers = vgg_shaped((4,), (1,))
    layers.get_submodule("relu1_1").inplace = True  # type: ignore[assignment]
    extractor = FeatureExtractor(layers, LayerSelection("tiny", "relu1_1", (), 4))
    features = extractor(torch.rand(1, 3, 8, 8), ["conv1_1", "relu1_1"])
    assert (features["conv1_1"] < 0).any()


def test_content_and_style_are_the_plans_layers():
    extractor, photos = tiny(), torch.rand(2, 3, 8, 8)
    assert torch.equal(extractor.content(photos), extractor(photos)["relu2_1"])
    assert list(extractor.style(photos)) == ["relu1_1", "relu2_1"]


def test_wrong_photos_and_layers_are_named():
    extractor = tiny()
    with pytest.raises(ValueError, match="tiny has no layer 'relu9_1'; layers are conv1_1, relu1_1"):
        extractor(torch.rand(1, 3, 8, 8), ["relu9_1"])
    for shape in ((3, 8, 8), (1, 1, 8, 8), (1, 3, 8, 3)):
        with pytest.raises(ValueError, match=r"photos must be \(B, 3, H, W\), 4 pixels or more a side"):
            extractor(torch.rand(shape))


def test_features_can_be_picked_and_cut_off():
    features = Features(a=torch.ones(1, requires_grad=True), b=torch.zeros(1))
    assert list(features.only(["b", "a"])) == ["b", "a"]
    assert not features.detach()["a"].requires_grad


def test_default_is_vgg19_where_its_weights_are(tmp_path):
    assert default_features(tmp_path) == "compact"
    write_weights("vgg19", tmp_path)
    assert default_features(tmp_path) == "vgg19"


def test_default_without_downloads_is_the_bundled_network(tmp_path):
    assert load_features(hub_folder=tmp_path).layer_selection.name == "compact"


def test_unknown_networks_and_missing_weights_are_named(tmp_path):
    with pytest.raises(ValueError, match="features must be one of vgg19, vgg16, resnet50, compact, got 'alexnet'"):
        load_features("alexnet")
    with pytest.raises(WeightsError, match=r"vgg16-397923af\.pth: the weights of vgg16 are not on this computer"):
        load_features("vgg16", hub_folder=tmp_path)
    write_weights("vgg19", tmp_path)
    with pytest.raises(WeightsError, match="damaged or were changed"):  # by its hash
        load_features(hub_folder=tmp_path)


def test_bundled_network_is_small_and_has_all_its_layers():
    extractor = load_features("compact")
    assert 100_000 < sum(parameter.numel() for parameter in extractor.parameters()) < 500_000
    features = extractor(torch.rand(2, 3, 64, 64))
    assert list(features) == ["relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu4_2"]
    assert extractor(torch.rand(1, 3, 64, 64), ["relu5_1"])["relu5_1"].shape[2:] == (4, 4)
    assert extractor.content(torch.rand(1, 3, 32, 32)).shape[2:] == (4, 4)


def test_bundled_network_sees_colors_and_textures():
    """The same photo warmer is farther than with a little noise; strong grain is farther still in the fine layers."""
    extractor = load_features("compact")
    photo = torch.rand(1, 3, 4, 4, generator=torch.Generator().manual_seed(2)).mul(0.5).add(0.2)
    photo = torch.nn.functional.interpolate(photo, size=64, mode="bilinear")
    noise = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(3))
    plain = extractor.style(photo)

    def distance(changed: torch.Tensor, layer: str) -> float:
        return float((extractor.style(changed)[layer] - plain[layer]).square().mean())

    warm = photo + torch.tensor([0.1, 0.0, -0.1])[:, None, None]
    for layer in ("relu1_1", "relu2_1", "relu3_1"):
        assert distance(warm, layer) > 2 * distance(photo + 0.005 * noise, layer)
        assert distance(photo + 0.1 * noise, layer) > 2 * distance(photo + 0.01 * noise, layer)


def test_compact_round_trip(tmp_path):
    layers = vgg_shaped((2, 2, 2, 2, 2), (1, 1, 1, 2, 1))
    save_file(layers.state_dict(), tmp_path / "c.safetensors")
    extractor = read_compact(tmp_path / "c.safetensors")
    for name, value in layers.state_dict().items():
        assert torch.equal(extractor.layers.state_dict()[name], value)


def test_a_missing_or_damaged_compact_names_the_cure(tmp_path):
    with pytest.raises(WeightsError, match=r"none\.safetensors: the feature network cannot be read .*reinstall"):
        read_compact(tmp_path / "none.safetensors")
    (tmp_path / "bad.safetensors").write_bytes(b"\x80\x04pickle")
    with pytest.raises(WeightsError, match="cannot be read"):
        read_compact(tmp_path / "bad.safetensors")
    save_file(vgg_shaped((2, 2), (1, 1)).state_dict(), tmp_path / "shallow.safetensors")
    with pytest.raises(WeightsError, match="has no layer"):
        read_compact(tmp_path / "shallow.safetensors")
