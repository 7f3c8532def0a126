"""What helps to judge a restyled photo: skin before and after, histograms, clipped tones."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path

import cv2
import numpy as np

from ..core.color.lab import lab_to_srgb, srgb_to_lab
from ..core.imaging.files.reading import read_photo
from ..core.imaging.proxy import proxy_of
from ..core.imaging.rendering.photo_regions import SKIN
from ..core.networks.regions import predict_regions
from .cards import why
from .words import Words

_BINS = 64
_MEASURED_SIZE = 480  # pixels of the longer side, at most: enough for shares and a histogram
_CERTAIN = 0.6  # of the map of skin
_LEAST_SKIN = 0.002  # of the photo
_SEEN = {"lightness": 1.0, "chroma": 1.0, "hue": 2.0}  # differences below are not told
_CLEAR, _MUCH = 3.0, 8.0  # times as much from which a difference is more than slight, and more than clear
_WIDTH, _HEIGHT = 256, 60
_COLORS = ("red", "green", "blue")
Color = tuple[float, float, float]


@dataclass(frozen=True)
class Judged:
    """Measures of one picture.

    Attributes:
        skin: mean color of the skin in CIE Lab; None where hardly any is seen.
        counts: (3, 64) of red, green and blue, each in parts of its highest bar.
        dark, light: share of pixels of which a channel is at its end.
    """

    skin: Color | None
    counts: np.ndarray
    dark: float
    light: float


def judge(pixels: np.ndarray, skin: np.ndarray | None) -> Judged:
    """Measure a picture.

    Args:
        pixels: (H, W, 3) uint8, sRGB.
        skin: (h, w) bool map over the picture, of any size; None if there is no skin.
    """
    step = -(-max(pixels.shape[:2]) // _MEASURED_SIZE)
    thin = np.ascontiguousarray(pixels[::step, ::step])
    red, green, blue = cv2.split(thin)
    counts = np.stack([np.bincount(thin[..., band].ravel() // 4, minlength=_BINS) for band in range(3)]).astype(float)
    inner = counts[:, 1:-1].max()  # so that clipped tones do not press the rest down
    dark = float((cv2.min(cv2.min(red, green), blue) <= 1).mean())
    light = float((cv2.max(cv2.max(red, green), blue) >= 254).mean())
    return Judged(_mean_skin(thin, skin), (counts / max(inner, 1)).clip(0, 1), dark, light)


@lru_cache(maxsize=256)
def skin_of(preview: Path) -> np.ndarray | None:
    """Return where skin certainly is in a small copy of a photo: (h, w) bool; None where hardly any is seen."""
    found = predict_regions(proxy_of(read_photo(preview)).pixels)[SKIN] > _CERTAIN
    return found if found.mean() >= _LEAST_SKIN else None


def judge_card(before: Judged, after: Judged, words: Words) -> str:
    """Return both measures side by side, as HTML."""
    return f'<div class="pa-judge">{_skin_part(before, after, words)}{_tones_part(before, after, words)}</div>'


def _mean_skin(pixels: np.ndarray, skin: np.ndarray | None) -> Color | None:
    if skin is None:
        return None
    small = cv2.resize(pixels, skin.shape[::-1], interpolation=cv2.INTER_AREA)
    lightness, a, b = srgb_to_lab(small[skin]).mean(0)
    return float(lightness), float(a), float(b)


def _skin_part(before: Judged, after: Judged, words: Words) -> str:
    if before.skin is None or after.skin is None:
        return f'<p class="pa-skin pa-quiet">{escape(words("judge.no_skin"))}</p>'
    patches = "".join(
        f'<span class="pa-patch"><i style="background:{_css(color)}"></i><b>{escape(words(key))}</b>'
        f"<small>{_numbers(color)}</small></span>"
        for key, color in (("judge.before", before.skin), ("judge.after", after.skin))
    )
    said = escape(_difference(before.skin, after.skin, words))
    return (
        f'<div class="pa-skin"><strong>{escape(words("judge.skin"))}</strong>{patches}'
        f'<div class="pa-told-of"><p>{said}</p>{why("skin", words("judge.help"), words)}</div></div>'
    )


def _difference(before: Color, after: Color, words: Words) -> str:
    """Tell in words what became of the skin."""
    parts = []
    parts += _graded(after[0] - before[0], "lightness", ("lighter", "darker"), words)
    chroma = float(np.hypot(*after[1:]) - np.hypot(*before[1:]))
    turn = (np.degrees(np.arctan2(after[2], after[1]) - np.arctan2(before[2], before[1])) + 180) % 360 - 180
    if np.hypot(*after[1:]) < 2:
        parts.append(words("judge.gray"))
    else:
        parts += _graded(chroma, "chroma", ("richer", "paler"), words)
        if np.hypot(*before[1:]) >= 2:
            parts += _graded(float(turn), "hue", ("yellower", "redder"), words)
    return ", ".join(parts) or words("judge.same")


def _graded(change: float, kind: str, names: tuple[str, str], words: Words) -> list[str]:
    """Return a change in a word, with how much it is; none if it cannot be seen."""
    size = abs(change) / _SEEN[kind]
    if size < 1:
        return []
    what = words(f"judge.{names[change < 0]}")
    if size < _CLEAR:
        return [words("judge.slightly", what=what)]
    return [what if size < _MUCH else words("judge.much", what=what)]


def _tones_part(before: Judged, after: Judged, words: Words) -> str:
    bands = "".join(f'<path class="pa-{name}" d="{_area(after.counts[band])}"/>' for band, name in enumerate(_COLORS))
    outline = f'<polyline points="{_points(before.counts.mean(0))}"/>'
    rows = "".join(
        f"<tr><th class=pa-row>{escape(words(key))}</th><td>{_share(before_share, words)}</td>"
        f"<td{' class=pa-clipped' if after_share > before_share + 0.005 else ''}>{_share(after_share, words)}</td></tr>"
        for key, before_share, after_share in (
            ("judge.dark", before.dark, after.dark),
            ("judge.light", before.light, after.light),
        )
    )
    said = escape(words("judge.tones"), quote=True)
    head = f"<tr><td></td><th>{escape(words('judge.before'))}</th><th>{escape(words('judge.after'))}</th></tr>"
    return (
        f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{said}">'
        f"{bands}{outline}</svg><table><caption>{escape(words('judge.clipped'))}</caption>{head}{rows}</table>"
    )


def _share(value: float, words: Words) -> str:
    return escape(words("number.percent", number=words.number(100 * value)))


def _numbers(color: Color) -> str:
    hue = np.degrees(np.arctan2(color[2], color[1])) % 360
    turned = f" h {hue:.0f}°" if np.hypot(*color[1:]) >= 2 else ""
    return f"L* {color[0]:.0f} a* {color[1]:.0f} b* {color[2]:.0f}{turned}".replace("-", "−")


def _css(color: Color) -> str:
    red, green, blue = np.rint(lab_to_srgb(np.array(color)).clip(0, 1) * 255).astype(int)
    return f"rgb({red} {green} {blue})"


def _points(counts: np.ndarray) -> str:
    step = _WIDTH / (_BINS - 1)
    return " ".join(f"{place * step:.1f},{_HEIGHT * (1 - count):.1f}" for place, count in enumerate(counts))


def _area(counts: np.ndarray) -> str:
    return f"M0,{_HEIGHT} L{_points(counts)} L{_WIDTH},{_HEIGHT} Z"
