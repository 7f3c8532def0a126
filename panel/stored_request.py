"""The request of a training as it is stored for the process that trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..core.learning.losses.settings import LossWeights
from ..core.learning.request import TrainOptions, TrainRequest

_STORED = ("name", "generator", "instant", "device", "owner", "created")


@dataclass(frozen=True)
class StoredRequest(TrainRequest):
    """A request for training as the panel stores it for another process: its photos are folders.

    Attributes:
        owner: who started it; empty on a local panel.
        created: seconds since 1970.
    """

    owner: str = ""
    created: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Return all fields as JSON values."""
        stored = {name: getattr(self, name) for name in _STORED}
        paths = {"photos": str(self.photos), "content": None if self.content is None else str(self.content)}
        return {**stored, **paths, "options": asdict(self.options)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> StoredRequest:
        """Read what `to_json` wrote, in this version or in 0.3.

        Raises:
            ValueError, KeyError, TypeError: a value is missing or invalid.
        """
        stored = {name: values[name] for name in _STORED}
        content = None if values["content"] is None else Path(values["content"])
        if "settings" in values:
            options = _options_of_0_3(values["settings"])
            device = None if stored["device"] == "auto" or stored["generator"] == "pixel" else stored["device"]
            stored["device"] = device
        else:
            options = TrainOptions(**values["options"])
        return cls(**{**stored, "photos": Path(values["photos"]), "content": content, "options": options})


def _options_of_0_3(settings: Mapping[str, Any]) -> TrainOptions:
    """Convert the settings of version 0.3, which are those of a look, with its defaults."""
    usual = asdict(LossWeights())
    weights = {name: value for name, value in settings["weights"].items() if value != usual.get(name)}
    return TrainOptions(steps=settings["num_steps"], seed=settings["seed"], **weights)
