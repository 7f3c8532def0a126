"""Texture recovery: is texture that is known found in finished photos, and none where there is none?

    python -m benchmarks.texture_recovery FOLDER:-100 --count 25 --count 8

FOLDER holds untouched portraits of about 1,024 pixels; FOLDER:-100 are its last hundred. Each case is a ready style's
colors with a texture, written as JPEG of quality 95 and read back; the color look is estimated from the same photos, as
learning does. Then cases without texture, and last some whose gains differ by tone: these are told at luma 0.25, 0.5
and 0.75, where skin is, and not at black and white, where the format has its numbers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.estimation.detail_estimate import luma_gain_of
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import proxy_of
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.imaging.rendering.texture import (
    NUM_BANDS,
    NUM_DETAIL_TONES,
    NUM_GROUPS,
    Detail,
    Glow,
    Grain,
    Texture,
)
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.learning.look.texture import ShownPhoto, measure_photos, texture_of
from portrait_atelier.core.learning.resolve import resolve_style
from portrait_atelier.core.networks.regions import predict_regions

from .recovery_data import photos_of
from .report import table_text

_QUALITY = 95
_HEAD = ["case", "N", "grain at 0.25, 0.5, 0.75", "size", "color", "skin gains, fine to coarse", "others", "glow"]
_FLAT, _PEAKED, _DARK = (0.02,) * 5, (0.010, 0.022, 0.030, 0.024, 0.010), (0.040, 0.045, 0.038, 0.024, 0.012)
_SOFT, _CRISP = (
    Detail.of(skin=(0.6, 0.65, 0.8, 1), other=(1, 1, 1, 1)),
    Detail.of(skin=(1.4, 1.3, 1.1, 1), other=(1,) * 4),
)
_RED = (1.0, 0.3, 0.14)
_SHOWN_TONES = (0.25, 0.5, 0.75)


@dataclass(frozen=True)
class Case:
    """Photos of one hand: a ready style's colors, and a texture over them (None for none)."""

    name: str
    style: str
    texture: Texture | None


def _grain(strength: Sequence[float], parts: int, roughness: float, color: float = 0.0) -> Grain:
    return Grain(np.array(strength, np.float32), 1 / parts, roughness, color)


def _glow(threshold: float, parts: int, amount: float, color: Sequence[float] = (1, 1, 1)) -> Glow:
    return Glow(threshold, 1 / parts, amount, np.array(color, np.float32))


def cases() -> list[Case]:
    """Twelve combinations of grain, detail and glow, then photos without texture."""
    bloom, halation = _glow(0.8, 33, 0.16), _glow(0.84, 160, 0.3, _RED)
    warm = _glow(0.78, 40, 0.18, (1, 0.86, 0.62))
    return [
        Case("grain 1/1500", "golden-hour", Texture(grain=_grain(_FLAT, 1500, 0.0))),
        Case("grain 1/900 rough, middle", "silver-gelatin", Texture(grain=_grain(_PEAKED, 900, 0.3))),
        Case("grain 1/600, dark, color 0.3", "cool-cinema", Texture(grain=_grain(_DARK, 600, 0.0, 0.3))),
        Case("soft skin", "faded-print", Texture(_SOFT)),
        Case("crisp skin", "golden-hour", Texture(_CRISP)),
        Case("soft skin, grain 1/1500", "silver-gelatin", Texture(_SOFT, (), _grain(_PEAKED, 1500, 0.0))),
        Case("crisp skin, grain 1/900", "cool-cinema", Texture(_CRISP, (), _grain(_FLAT, 900, 0.3))),
        Case("bloom 1/33", "golden-hour", Texture(glows=(bloom,))),
        Case("halation 1/160", "faded-print", Texture(glows=(halation,))),
        Case("bloom 1/33, halation 1/160", "high-key", Texture(glows=(halation, bloom))),
        Case("soft skin, bloom 1/40 warm", "high-key", Texture(_SOFT, (warm,))),
        Case("all: soft, bloom, grain 1/1500", "golden-hour", Texture(_SOFT, (bloom,), _grain(_PEAKED, 1500, 0.3))),
        *(
            Case(f"none, {style}", style, None)
            for style in ("golden-hour", "silver-gelatin", "cool-cinema", "high-key")
        ),
    ]


def tone_cases() -> list[Case]:
    """Gains that differ by tone: of highlights, of midtones, of both, of shadows; fine to coarse."""
    even, soft, crisp = (1, 1, 1, 1), (0.5, 0.5, 0.65, 0.9), (1.5, 1.4, 1.2, 1)
    return [
        Case("soft highlights", "golden-hour", Texture(_by_tone(even, even, soft))),
        Case("crisp midtones", "faded-print", Texture(_by_tone(even, crisp, even))),
        Case("crisp midtones, soft highlights", "high-key", Texture(_by_tone(even, crisp, soft))),
        Case("soft shadows", "silver-gelatin", Texture(_by_tone(soft, even, even))),
    ]


def _by_tone(*skin: Sequence[float]) -> Detail:
    """Detail of skin alone, at black, middle gray and white."""
    gains = np.ones((NUM_BANDS, NUM_GROUPS, NUM_DETAIL_TONES), np.float32)
    gains[:, 0] = np.array(skin, np.float32).T
    return Detail(gains)


def finished(photo: Photo, case: Case, seed: int) -> np.ndarray:
    """(H, W, 3) uint8 of a finished photo, after its JPEG."""
    style = replace(resolve_style(case.style), texture=case.texture)
    content = Content.mean_portrait() if style.adapts else None
    regions = predict_regions(proxy_of(photo).pixels)
    pixels = restyle_photo(photo, style.look_for(content, variation=seed), regions=regions).pixels
    data = cv2.imencode(".jpg", np.ascontiguousarray(pixels[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return decoded[..., ::-1]


def recover(photos: Sequence[np.ndarray]) -> Texture | None:
    """What learning finds in finished photos, with the color look that it estimates from them."""
    proxies = [proxy_of(Photo(pixels=np.ascontiguousarray(pixels))) for pixels in photos]
    look = style_from_proxies(proxies, "recovered", cover=False).look_for(Content.mean_portrait())

    def shown(place: int) -> ShownPhoto:
        regions = predict_regions(proxies[place].pixels)
        return ShownPhoto(photos[place].astype(np.float32) / 255, regions, subsampling=2)

    return texture_of(measure_photos(shown, len(photos), luma_gain_of(look)))


def row_of(case: Case, count: int, found: Texture | None) -> list[str]:
    """A row of the table: found, and true in brackets."""
    truth, own = case.texture or Texture(), found or Texture()
    row = [case.name, str(count), *_grain_words(own.grain, truth.grain)]
    for group in range(NUM_GROUPS):
        gains = [None if part.detail is None else part.detail.gains[:, group] for part in (own, truth)]
        row.append(_beside(*(_numbers(part) for part in gains)))
    return [*row, _beside(_glow_words(own.glows), _glow_words(truth.glows))]


def _grain_words(found: Grain | None, truth: Grain | None) -> list[str]:
    if found is None or truth is None:
        return [
            _beside("-" if found is None else f"FOUND {found.strength.round(4)}", "" if truth is None else "some"),
            "",
            "",
        ]
    ratios = found.strength[1:4] / truth.strength[1:4]
    words = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    return [words, f"{found.size / truth.size:.2f}", f"{found.color:.2f} ({truth.color:.2f})"]


def _numbers(gains: np.ndarray | None) -> str:
    """Gains (4, 3) of bands by tone; a single row of those that are the same for all tones."""
    if gains is None or (gains == 1).all():
        return "-"
    nodes = np.linspace(0, 1, NUM_DETAIL_TONES)
    shown = [[np.interp(tone, nodes, band) for band in gains] for tone in _SHOWN_TONES]
    rows = shown[:1] if (gains == gains[:, :1]).all() else shown
    return "; ".join(" ".join(f"{value:.2f}" for value in row) for row in rows)


def _glow_words(glows: Sequence[Glow]) -> str:
    words = (
        f"1/{1 / glow.radius:.0f} {glow.amount:.2f} red {glow.color[0] / max(glow.color[2], 0.01):.1f}"
        for glow in glows
    )
    return "; ".join(words) or "-"


def _beside(found: str, truth: str) -> str:
    return found if truth in ("", "-") else f"{found} ({truth})"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="texture_recovery", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("photos", metavar="FOLDER", help="untouched portraits; FOLDER:-100 for the last hundred")
    parser.add_argument("--count", type=int, action="append", help="finished photos; may be given again; else 25")
    parser.add_argument("--case", default="", metavar="TEXT", help="only cases whose names begin so")
    options = parser.parse_args(arguments)
    photos = [read_photo(path) for path in photos_of(options.photos)[: max(options.count or [25])]]
    rows = []
    for case in (case for case in cases() + tone_cases() if case.name.startswith(options.case)):
        done = [finished(photo, case, seed) for seed, photo in enumerate(photos, start=1)]
        for count in options.count or [25]:
            rows.append(row_of(case, count, recover(done[:count])))
            print(" | ".join(rows[-1]), file=sys.stderr, flush=True)
    print(table_text(_HEAD, rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
