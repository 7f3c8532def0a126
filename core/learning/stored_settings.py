"""Base class of settings that are stored as JSON in style files and checkpoints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, TypeVar

from ..texts import Text

_Settings = TypeVar("_Settings", bound="StoredSettings")
# Fields that were renamed since version 0.3. Style files and checkpoints keep the old names, so that both versions read
# the same files and a style's content hash does not change.
STORED_NAMES = {
    "discriminator_steps": "critic_steps",
    "gan_loss": "form",
    "num_validation_sets": "num_judging_sets",
    "select_every": "choose_every",
    "validate_every": "judge_every",
}


@dataclass(frozen=True)
class StoredSettings:
    """A frozen dataclass of JSON values and nested dataclasses."""

    def to_json(self) -> dict[str, Any]:
        """Return all fields by the name they are stored under."""
        return {STORED_NAMES.get(name, name): value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls: type[_Settings], values: Mapping[str, Any]) -> _Settings:
        """Read what `to_json` wrote.

        Raises:
            ValueError: a key is missing or unknown, or a value is out of range.
        """
        require_names("settings", cls, values)
        return cls(**field_values(cls, values))

    def require_counts(self, *names: str) -> None:
        """Raise ValueError unless each of these fields is at least 1."""
        for name in names:
            if getattr(self, name) < 1:
                raise ValueError(Text("{name} must be at least 1, got {value}", name=name, value=getattr(self, name)))

    def require_sizes(self, *names: str) -> None:
        """Raise ValueError unless each of these fields is a side in pixels: a multiple of 4, at least 32."""
        for name in names:
            if getattr(self, name) < 32 or getattr(self, name) % 4:
                raise ValueError(f"{name} must be a multiple of 4, from 32 on, got {getattr(self, name)}")


def field_values(kind: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return stored values under the names of a dataclass's fields."""
    return {item.name: values[STORED_NAMES.get(item.name, item.name)] for item in fields(kind)}


def require_names(what: str, kind: type, values: Mapping[str, Any]) -> None:
    """Raise ValueError unless `values` has exactly the fields of a dataclass, by the names they are stored under."""
    names = {STORED_NAMES.get(item.name, item.name) for item in fields(kind)}
    if set(values) != names:
        raise ValueError(f"{what} must be {sorted(names)}, got {sorted(values)}")
