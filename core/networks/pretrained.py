"""Weights that torchvision publishes: found in torch's cache, checked, and downloaded only when the user agrees."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import WeightsError
from ..texts import Text, cause_of, text_of

if TYPE_CHECKING:
    from torch import Tensor

_CHUNK = 1 << 20
_INSTEAD = Text("or choose the features `compact`, which need no download")


@dataclass(frozen=True)
class PretrainedFile:
    """A file of weights, named as PyTorch's hub names it: NAME-HASH.pth, by the first digits of its SHA-256.

    Attributes:
        network: the network of these weights.
        url: where they are published.
        megabytes: the size of the download.
    """

    network: str
    url: str
    megabytes: int

    @property
    def file_name(self) -> str:
        """The last part of the address."""
        return self.url.rsplit("/", 1)[-1]

    @property
    def hash_prefix(self) -> str:
        """The first 8 hexadecimal digits of the file's SHA-256."""
        return self.file_name.rsplit(".", 1)[0].rsplit("-", 1)[-1]


_PUBLISHED = "https://download.pytorch.org/models/"
# ResNet-50 in its first version: the second was trained by a longer recipe, for classification alone.
PRETRAINED = {
    "vgg19": PretrainedFile("vgg19", _PUBLISHED + "vgg19-dcbb9e9d.pth", 548),
    "vgg16": PretrainedFile("vgg16", _PUBLISHED + "vgg16-397923af.pth", 528),
    "resnet50": PretrainedFile("resnet50", _PUBLISHED + "resnet50-0676ba61.pth", 98),
}


def place_of(file: PretrainedFile, hub_folder: Path | None = None) -> Path:
    """Return the path at which torch stores a file of weights, whether it exists or not."""
    return (hub_folder or _hub_folder()) / "checkpoints" / file.file_name


def is_on_this_computer(file: PretrainedFile, hub_folder: Path | None = None) -> bool:
    """Whether a file of weights exists; it is not read."""
    return place_of(file, hub_folder).is_file()


def state_of(file: PretrainedFile, hub_folder: Path | None = None) -> Text:
    """Describe in a line whether weights are on this computer, and if not, how to get them."""
    place = place_of(file, hub_folder)
    if is_on_this_computer(file, hub_folder):
        return Text("{network}: {place}", network=file.network, place=place)
    return Text(
        "{network}: not on this computer; {size} MB, downloaded once if you agree, to {folder}",
        network=file.network,
        size=file.megabytes,
        folder=place.parent,
    )


def read_pretrained(
    file: PretrainedFile, hub_folder: Path | None = None, *, allow_download: bool = False
) -> dict[str, Tensor]:
    """Read weights after checking their published hash; only tensors are unpickled.

    Args:
        file: of the weights.
        hub_folder: the folder of torch's downloads; None for its default.
        allow_download: whether a missing file may be downloaded; only with consent of the user.

    Raises:
        WeightsError: the file is missing or damaged, or the download failed.
    """
    path = place_of(file, hub_folder)
    if not path.is_file():
        if not allow_download:
            raise _absent(file, path, Text("a download needs your consent"))
        _download(file, path)
    _check_hash(file, path)
    import torch  # takes seconds, and the path of a file is known without it

    try:
        return dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # torch raises many types for a broken file
        raise _damaged(file, path, text_of(error)) from error


def _hub_folder() -> Path:
    """Return the folder of torch's downloads, by the rule of `torch.hub.get_dir`."""
    caches = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache"))
    return Path(os.environ.get("TORCH_HOME", caches / "torch")).expanduser() / "hub"


def _download(file: PretrainedFile, path: Path) -> None:
    import torch

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(file.url, str(path), hash_prefix=file.hash_prefix)
    except (OSError, RuntimeError) as error:  # no network, no right, no space; the wrong hash
        raise _absent(file, path, Text("the download failed: {cause}", cause=error)) from error


def _check_hash(file: PretrainedFile, path: Path) -> None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise WeightsError(
            "{path}: cannot be read ({cause}); check its permissions, {instead}",
            path=path,
            cause=cause_of(error),
            instead=_INSTEAD,
        ) from error
    if not digest.hexdigest().startswith(file.hash_prefix):
        found = digest.hexdigest()[:8]
        raise _damaged(
            file, path, Text("its SHA-256 begins with {found}, not {right}", found=found, right=file.hash_prefix)
        )


def _absent(file: PretrainedFile, path: Path, cause: Text) -> WeightsError:
    return WeightsError(
        "{path}: the weights of {network} are not on this computer ({cause}); allow the download of {size} MB, or "
        "save {url} as {name} in {folder} yourself, {instead}",
        path=path,
        network=file.network,
        cause=cause,
        size=file.megabytes,
        url=file.url,
        name=file.file_name,
        folder=path.parent,
        instead=_INSTEAD,
    )


def _damaged(file: PretrainedFile, path: Path, cause: Text) -> WeightsError:
    return WeightsError(
        "{path}: the weights of {network} are damaged or were changed ({cause}); delete the file and download it "
        "again ({size} MB), {instead}",
        path=path,
        network=file.network,
        cause=cause,
        size=file.megabytes,
        instead=_INSTEAD,
    )
