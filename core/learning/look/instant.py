"""Instant styles: statistics of finished photos, without training."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from ...estimation.color_set import sample_colors
from ...imaging.proxy import Proxy
from ...imaging.rendering.texture import Texture
from ...styles.cover import with_cover
from ...styles.style import Style, checked_name, learnt_from

_CIEDE2000 = 0.9  # CIEDE2000 as a fraction of CIE 1994, which pretraining measures; on held-out people and films


def style_from_proxies(
    proxies: Sequence[Proxy],
    name: str,
    *,
    content: Sequence[Proxy] | None = None,
    settings: dict[str, object] | None = None,
    texture: Texture | None = None,
    cover: bool = True,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Style:
    """Return the instant style of photos that are already checked.

    Args:
        proxies: at least one.
        name: of the style.
        content: untouched photos by the same photographer; None to compare with people at large.
        settings: facts about its making, stored in the style file.
        texture: of the photos; None for none.
        cover: whether to render its cover picture.
        progress: called with (done, total) photos; what it raises ends the work.
    """
    total = len(proxies) + len(content or ())
    style = Style(
        name=checked_name(name),
        kind="instant",
        description=learnt_from(len(proxies)),
        created=datetime.date.today().isoformat(),
        num_photos=len(proxies),
        settings={**(settings or {}), "num_content": 0 if content is None else len(content)},
        photos=sample_colors(_told(proxies, 0, total, progress)),
        own=None if content is None else sample_colors(_told(content, len(proxies), total, progress)),
        texture=texture,
    )
    style = replace(style, score={"expected": round(expected_error(style), 2)})
    return with_cover(style) if cover else style


def _told(proxies: Sequence[Proxy], first: int, total: int, progress: Callable[[int, int], None]) -> Iterator[Proxy]:
    for done, proxy in enumerate(proxies, first):
        progress(done, total)
        yield proxy
    progress(first + len(proxies), total)


def expected_error(style: Style) -> float:
    """Return the expected distance of a style's looks from the photographer's, as mean CIEDE2000."""
    model, reading = style.reading
    return _CIEDE2000 * model.expected_error(model.context(reading, model.typical))
