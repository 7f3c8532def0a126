"""Instant styles: finished photos, measured; no training."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import replace

from ...estimation.color_set import sample_colors
from ...imaging.proxy import Proxy
from ...styles.cover import with_cover
from ...styles.style import Style, checked_name, learnt_from

_CIEDE2000 = 0.9  # of the CIE 1994 differences that base training knows, on people and films held out to choose by


def style_from_proxies(
    proxies: Sequence[Proxy],
    name: str,
    *,
    content: Sequence[Proxy] | None = None,
    settings: dict[str, object] | None = None,
    cover: bool = True,
) -> Style:
    """An instant style of photos that are already checked.

    Args:
        proxies: at least one.
        name: of the style.
        content: untouched photos of the same hand; None for people at large.
        settings: what the style file shall say about how it was made.
        cover: whether to make its cover too.
    """
    style = Style(
        name=checked_name(name),
        kind="instant",
        description=learnt_from(len(proxies)),
        created=datetime.date.today().isoformat(),
        num_photos=len(proxies),
        settings={**(settings or {}), "num_content": 0 if content is None else len(content)},
        photos=sample_colors(proxies),
        own=None if content is None else sample_colors(content),
    )
    style = replace(style, score={"expected": round(expected_error(style), 2)})
    return with_cover(style) if cover else style


def expected_error(style: Style) -> float:
    """How far the looks of a style learnt from photos are expected to lie from the photographer's: mean CIEDE2000."""
    model, reading = style.reading
    return _CIEDE2000 * model.expected_error(model.context(reading, model.typical))
