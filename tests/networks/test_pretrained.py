"""Published weights: found, checked, read without unpickling, downloaded with consent; every failure names its cure."""

import hashlib
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from portrait_atelier.core.errors import WeightsError
from portrait_atelier.core.networks.pretrained import (
    PRETRAINED,
    PretrainedFile,
    is_on_this_computer,
    place_of,
    read_pretrained,
    state_of,
)

WEIGHTS = {"features.0.weight": torch.arange(6.0).reshape(2, 3)}


def published(folder: Path, content: object = WEIGHTS, *, prefix: str | None = None) -> PretrainedFile:
    """A file in a folder that stands for the publisher's server, named by its hash or by a wrong one."""
    folder.mkdir(exist_ok=True)
    torch.save(content, folder / "file")
    prefix = prefix or hashlib.sha256((folder / "file").read_bytes()).hexdigest()[:8]
    target = folder / f"net-{prefix}.pth"
    (folder / "file").rename(target)
    return PretrainedFile("net", target.as_uri(), 7)


def installed(folder: Path, file: PretrainedFile, hub_folder: Path) -> Path:
    place = place_of(file, hub_folder)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes((folder / file.file_name).read_bytes())
    return place


@pytest.mark.parametrize(("name", "enum"), [("vgg19", "VGG19"), ("vgg16", "VGG16"), ("resnet50", "ResNet50")])
def test_files_are_those_that_torchvision_names(name: str, enum: str):
    models = pytest.importorskip("torchvision.models")
    weights = getattr(models, f"{enum}_Weights").IMAGENET1K_V1
    assert PRETRAINED[name].url == weights.url
    assert PRETRAINED[name].megabytes == round(weights.meta["_file_size"])
    assert len(PRETRAINED[name].hash_prefix) == 8


def test_place_is_torchs_own(monkeypatch, tmp_path):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "_hub_dir", None)
    assert place_of(PRETRAINED["vgg19"]) == tmp_path / "hub" / "checkpoints" / "vgg19-dcbb9e9d.pth"
    assert not is_on_this_computer(PRETRAINED["vgg19"])
    monkeypatch.delenv("TORCH_HOME")
    assert place_of(PRETRAINED["vgg19"]).parents[1] == Path(torch.hub.get_dir())
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    assert place_of(PRETRAINED["vgg19"]).parents[1] == Path(torch.hub.get_dir())


def test_weights_on_the_computer_are_read(tmp_path):
    file = published(tmp_path / "server")
    installed(tmp_path / "server", file, tmp_path)
    assert is_on_this_computer(file, tmp_path)
    assert torch.equal(read_pretrained(file, tmp_path)["features.0.weight"], WEIGHTS["features.0.weight"])


def test_nothing_is_downloaded_unasked(tmp_path):
    file = published(tmp_path / "server")
    expected = r"net-.*\.pth: the weights of net are not on this computer \(a download needs your consent\); allow the "
    with pytest.raises(WeightsError, match=expected + r"download of 7 MB, or save file:.* in .*checkpoints yourself"):
        read_pretrained(file, tmp_path)
    assert not place_of(file, tmp_path).exists()


def test_a_download_happens_once(tmp_path):
    file = published(tmp_path / "server")
    for _ in range(2):
        weights = read_pretrained(file, tmp_path, allow_download=True)
        assert torch.equal(weights["features.0.weight"], WEIGHTS["features.0.weight"])
        (tmp_path / "server" / file.file_name).unlink(missing_ok=True)


def test_a_download_that_fails_names_the_cure(tmp_path):
    file = replace(PRETRAINED["vgg19"], url=(tmp_path / "nowhere" / "vgg19-dcbb9e9d.pth").as_uri())
    with pytest.raises(WeightsError, match=r"\(the download failed: .*allow the download of 548 MB.*`compact`"):
        read_pretrained(file, tmp_path, allow_download=True)
    assert not place_of(file, tmp_path).exists()


def test_a_download_of_something_else_is_not_kept(tmp_path):
    file = published(tmp_path / "server", prefix="00000000")
    with pytest.raises(WeightsError, match="the download failed: invalid hash value"):
        read_pretrained(file, tmp_path, allow_download=True)
    assert not place_of(file, tmp_path).exists()


def test_a_changed_file_is_refused_before_it_is_opened(tmp_path):
    file = published(tmp_path / "server")
    place = installed(tmp_path / "server", file, tmp_path)
    place.write_bytes(place.read_bytes() + b"x")
    with pytest.raises(WeightsError, match=r"damaged or were changed \(its SHA-256 begins with .*delete the file"):
        read_pretrained(file, tmp_path)


class Program:
    """What a malicious file would hold: unpickled, it would call a function."""

    def __reduce__(self):
        return sys.exit, (1,)


@pytest.mark.parametrize("content", [Program(), {"weight": Program()}])
def test_a_program_is_never_run_even_under_the_right_hash(tmp_path, content):
    file = published(tmp_path / "server", content)
    installed(tmp_path / "server", file, tmp_path)
    with pytest.raises(WeightsError, match="damaged or were changed"):
        read_pretrained(file, tmp_path)


def test_a_folder_in_its_place_is_no_file(tmp_path):
    file = published(tmp_path / "server")
    place_of(file, tmp_path).mkdir(parents=True)
    with pytest.raises(WeightsError, match="not on this computer"):
        read_pretrained(file, tmp_path)


def test_the_state_of_weights_is_said_in_a_line(tmp_path):
    file = published(tmp_path / "server")
    assert state_of(file, tmp_path) == (
        f"net: not on this computer; 7 MB, downloaded once if you agree, to {tmp_path / 'checkpoints'}"
    )
    place = installed(tmp_path / "server", file, tmp_path)
    assert state_of(file, tmp_path) == f"net: {place}"
