"""A style: what was learnt from a photographer's photos, and its look for a content photo."""

from __future__ import annotations

import logging
import os
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from ..errors import StyleError
from ..estimation.adapter import StyleAdapter
from ..estimation.color_set import ColorSet
from ..estimation.content import Content
from ..estimation.coverage import Coverage, embedding_under
from ..estimation.set_model import SetModel, load_set_model, variation_noise
from ..estimation.set_readings import StyleReading
from ..imaging.rendering.look import MIXED_SIZE, Look, mix_looks
from ..imaging.rendering.texture import Texture
from ..texts import Text, from_file
from .pixel_style import PixelPart
from .style_container import write_style_file
from .variation import vary_look

Kind = Literal["fixed", "instant", "learnt", "blend", "pixel"]
KINDS: tuple[str, ...] = get_args(Kind)
_log = logging.getLogger(__name__)
_TOLD_LOSS = 0.5 / 255  # of colors
TEXTS = ("description", "words", "licence", "created")  # free-form metadata
_FORBIDDEN_IN_NAMES = '<>:"/\\|?*'
_RESERVED_NAMES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


@dataclass(frozen=True)
class Style:
    """One style, of any kind.

    Attributes:
        name: unique in the library; also the name of its file.
        kind: `fixed` (a designed look), `instant` (colors of photos), `learnt` (an instant style improved by
            adversarial learning), `blend` (a mixture of styles) or `pixel` (paints and has no look).
        description: one line, for users.
        words: a text by its photographer.
        licence: of the style; empty if unknown.
        created: ISO 8601 date; empty if unknown.
        num_photos: number of photos it was learnt from.
        settings: facts about its making, JSON values only.
        look: the look of a `fixed` style; tables of skin are made when it is applied, and not stored.
        photos: colors of the finished photos, for an `instant` or `learnt` style.
        own: colors of the photographer's own untouched photos; None for people at large.
        adapter: change of the set network by training; None without training.
        score: results of validation by name, JSON numbers and lists; empty if not measured.
        parts: (weight, style) of a `blend`; weights sum to 1.
        pixel: parameters of a `pixel` style.
        texture: detail, glow and grain of a style that has a look; None for none. A `blend` has those of its parts.
        cover: a JPEG of at most 256 pixels: scikit-image's astronaut in this style, or a photo that the user chose.
    """

    name: str
    kind: Kind
    description: str = ""
    words: str = ""
    licence: str = ""
    created: str = ""
    num_photos: int = 0
    settings: Mapping[str, Any] = field(default_factory=dict)
    look: Look | None = None
    photos: ColorSet | None = None
    own: ColorSet | None = None
    adapter: StyleAdapter | None = None
    score: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[tuple[float, Style], ...] = ()
    pixel: PixelPart | None = None
    texture: Texture | None = None
    cover: bytes = b""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind must be one of {KINDS}, got {self.kind!r}")
        needed = {"fixed": self.look, "instant": self.photos, "learnt": self.photos, "pixel": self.pixel}
        needed["blend"] = self.parts or None
        if needed[self.kind] is None:
            raise ValueError(f"style of kind {self.kind} lacks what it is made of")

    @property
    def adapts(self) -> bool:
        """Whether its look depends on the content."""
        return self.photos is not None or any(part.adapts for _, part in self.parts)

    def look_for(self, content: Content | None, *, variation: int = 0) -> Look:
        """Return the look of this style for a content.

        Args:
            content: the photo to restyle, or a series; may be None for a style that does not adapt.
            variation: 0 is the style itself; other seeds give variations.

        Raises:
            StyleError: the style is a pixel style, which has no look.
        """
        if self.pixel is not None:
            raise _lacks_look(self)
        if self.look is not None:
            return self._textured(vary_look(self.look, variation), variation)
        if self.photos is not None:
            assert content is not None
            model, reading = self.reading
            return self._textured(model.look(reading, content.reading, variation_noise(variation)), variation)
        return mix_looks([(weight, part.look_for(content, variation=variation)) for weight, part in self.parts])

    def _textured(self, look: Look, variation: int) -> Look:
        """Return a look with the texture of this style, whose grain differs with the variation."""
        return look if self.texture is None else replace(look, texture=self.texture.reseeded(variation))

    @property
    def textures(self) -> tuple[Texture, ...]:
        """Its textures that change something: its own, or those of its parts."""
        own = () if self.texture is None or self.texture.is_empty else (self.texture,)
        return own + tuple(texture for _, part in self.parts for texture in part.textures)

    @cached_property
    def treats_ground_apart(self) -> bool:
        """Whether it surely treats subject and ground apart, as was told of none of 112 styles that do not."""
        if self.photos is not None:
            model, reading = self.reading
            return model.ground_share(reading, Content.mean_portrait().reading) == 1
        parts = any(part.treats_ground_apart for _, part in self.parts)
        return parts or (self.look is not None and self.look.ground is not None)

    @cached_property
    def reading(self) -> tuple[SetModel, StyleReading]:
        """Return the set network with the style's adapter, and the encoding of the style's photos.

        Raises:
            ValueError: the style was not learnt from photos.
        """
        if self.photos is None:
            raise ValueError(f"a style of kind {self.kind} has no photos to read")
        model = load_set_model()
        if self.adapter is not None and self.adapter.base == model.hash:
            model = self.adapter.applied_to(model)
        return model, model.read_style(self.photos, self.own)

    @cached_property
    def coverage(self) -> Coverage | None:
        """What its photos cover; None for a style without photos or with very few, and for one of version 0.3."""
        if self.photos is None or self.photos.places is None or self.photos.regions is None:
            return None
        return Coverage.of(self.reading[1].photos)

    def distance_of(self, content: Content, look: Look) -> float | None:
        """Return how far the first photo of a content, under its look, lies outside what the style's photos cover.

        Args:
            content: at least one photo.
            look: of this style for it.

        Returns:
            Deviations of the distances of the style's own photos: 0 is usual, over `coverage.OUTSIDE` clearly outside;
            None if the style cannot say.
        """
        if self.coverage is None:
            return None
        return self.coverage.distance(embedding_under(look, content.colors[0], self.reading[0]))

    @property
    def is_outdated(self) -> bool:
        """Whether it was learnt by an older version, and should be learnt again."""
        if self.photos is None:
            return any(part.is_outdated for _, part in self.parts)
        changed = self.adapter is not None and self.adapter.base != load_set_model().hash
        return changed or self.photos.places is None

    def renamed(self, name: str) -> Style:
        """Return the style with another name.

        Raises:
            StyleError: the name cannot be used.
        """
        return replace(self, name=checked_name(name))

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> Path:
        """Write the style file atomically.

        Args:
            path: of the file; `.safetensors` is appended if missing.
            overwrite: whether an existing file may be replaced.

        Returns:
            The path written.

        Raises:
            AtelierError: the file exists or cannot be written.
        """
        return write_style_file(Path(path).expanduser(), self.metadata(), self.tensors(), overwrite=overwrite)

    def metadata(self) -> dict[str, Any]:
        """Return the metadata of the style file as JSON values."""
        return {
            "name": self.name,
            "kind": self.kind,
            **{key: getattr(self, key) for key in TEXTS},
            "num_photos": self.num_photos,
            "settings": dict(self.settings),
            "score": dict(self.score),
            **({} if self.adapter is None else {"base": self.adapter.base, "keep": self.adapter.delta_weight}),
            "parts": [{"weight": weight, **part.metadata()} for weight, part in self.parts],
        }

    def tensors(self) -> dict[str, np.ndarray]:
        """Return the tensors of the style file by name."""
        tensors: dict[str, np.ndarray] = {}
        if self.cover:
            tensors["cover"] = np.frombuffer(self.cover, np.uint8)
        if self.look is not None:
            tensors["look.table"] = self.look.table
            tensors["look.grid"] = self.look.grid
            if self.look.ground is not None:
                tensors["look.ground"] = self.look.ground
            if self.look.curves is not None:
                tensors["look.curves"] = self.look.curves
        parts = {"photos": self.photos, "own": self.own, "adapter": self.adapter, "pixel": self.pixel}
        parts["texture"] = self.texture
        for name, part in parts.items():
            if part is not None:
                tensors.update({f"{name}.{key}": value for key, value in part.tensors().items()})
        for index, (_, part) in enumerate(self.parts):
            tensors.update({f"parts.{index}.{key}": value for key, value in part.tensors().items()})
        return {key: np.ascontiguousarray(value) for key, value in tensors.items()}


def blend_styles(first: Style, second: Style, weight: float, name: str) -> Style:
    """Blend two styles to one that adapts as both do.

    Args:
        first: the style at weight 0.
        second: the style at weight 1.
        weight: 0 to 1.
        name: of the new style.

    Raises:
        StyleError: the weight or the name cannot be used, or a style has no look.
    """
    for style in (first, second):
        if style.pixel is not None:
            raise _lacks_look(style)
    if not 0 <= weight <= 1:
        raise StyleError(
            "--weight {weight}: must lie between 0 ({first} alone) and 1 ({second} alone)",
            weight=weight,
            first=first.name,
            second=second.name,
        )
    parts = _weighted_parts(first, 1 - weight) + _weighted_parts(second, weight)
    _tell_sampled([style for share, style in parts if share])
    return Style(
        name=checked_name(name),
        kind="blend",
        description=f"{1 - weight:.0%} {first.name}, {weight:.0%} {second.name}",
        num_photos=first.num_photos + second.num_photos,
        settings={"first": first.name, "second": second.name, "weight": weight},
        parts=parts,
    )


def checked_name(name: str) -> str:
    """Return `name` if it is a valid name of a style on every system.

    Raises:
        StyleError: the name is empty, too long, or has characters that file names cannot have.
    """
    bad = "".join(sorted({c for c in name if c in _FORBIDDEN_IN_NAMES or unicodedata.category(c) == "Cc"}))
    if not name.strip() or len(name) > 80:
        raise StyleError("{name!r}: a style's name has 1 to 80 letters", name=name)
    if bad:
        raise StyleError(
            "{name!r}: a style's name cannot hold {letters!r}; choose another name", name=name, letters=" ".join(bad)
        )
    if name != name.strip() or name.startswith(".") or name.endswith(".") or name.lower() in _RESERVED_NAMES:
        raise StyleError("{name!r}: this cannot be a file's name on every system; choose another name", name=name)
    return name


def learnt_from(count: int) -> Text:
    """Return the description of a look that was learnt from `count` photos."""
    return Text("learnt from {count} photos", one="learnt from {count} photo", count=count)


def paints_as(count: int) -> Text:
    """Return the description of a pixel style that was learnt from `count` pictures."""
    return Text("paints as {count} pictures do", one="paints as {count} picture does", count=count)


def table_of(size: int) -> Text:
    """Return the description of a style that is a color table of `size` points an axis."""
    return Text("a color table of {size} points an axis", size=size)


def description_of(style: Style) -> Text:
    """Return a style's stored description as a text that can be translated."""
    made_here = [learnt_from(style.num_photos), paints_as(style.num_photos)]
    if style.look is not None:
        made_here.append(table_of(style.look.table_size))
    return next((text for text in made_here if text == style.description), from_file(style.description))


def _tell_sampled(parts: Sequence[Style]) -> None:
    """Tell what a blend loses of the curves of color tables, which stay exact where all its parts have the same."""
    looks = [style.look for style in parts if style.look is not None]
    curves = [look.curves for look in looks if look.curves is not None]
    if len(curves) == len(parts) and all(np.array_equal(curves[0], other) for other in curves):
        return
    size = max([MIXED_SIZE, *(look.table_size for look in looks)])
    for style in parts:
        if style.look is None or style.look.curves is None:
            continue
        if (loss := style.look.sampling_loss(size)) > _TOLD_LOSS:
            text = Text(
                "{name}: a blend holds the curves of its color table at {points} points an axis; its colors differ by "
                "at most {worst:.1f} of 255",
                name=style.name,
                points=size,
                worst=255 * loss,
            )
            _log.warning("%s", text)


def _weighted_parts(style: Style, weight: float) -> tuple[tuple[float, Style], ...]:
    if style.kind != "blend":
        return ((weight, replace(style, cover=b"")),)
    return tuple((weight * inner, part) for inner, part in style.parts)


def _lacks_look(style: Style) -> StyleError:
    return StyleError(
        "{name}: is a pixel style, which paints the picture itself and has no look, so it cannot become a color "
        "table or part of a blend; give it to photos with `atelier apply`, or learn its photos with --generator "
        "look",
        name=style.name,
    )
