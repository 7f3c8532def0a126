"""What a look is decided from: one photo to restyle, or several that shall get one look."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..imaging.proxy import Proxy
from .population import Population, measure_population
from .prior import load_prior

MAX_PROXIES = 32  # of a series, more are thinned out; the generator looks at 16


@dataclass(frozen=True)
class Content:
    """The photos to restyle, as far as a style looks at them.

    Attributes:
        population: their colors, pooled.
        proxies: the photos, small, a long series thinned out evenly; none stands for the mean portrait.
    """

    population: Population
    proxies: tuple[Proxy, ...] = ()

    @classmethod
    def of(cls, proxies: Iterable[Proxy]) -> Content:
        """A photo, or a series that gets one look.

        One pass, and at most 2 * MAX_PROXIES of the photos are held, so a generator over an archive is welcome.

        Raises:
            ValueError: there are no photos.
        """
        kept: list[Proxy] = []
        return cls(measure_population(_keep_some(proxies, kept)), tuple(kept))

    @classmethod
    def mean_portrait(cls) -> Content:
        """No photo in particular: for a look that is exported to serve for all."""
        return cls(load_prior())


def _keep_some(proxies: Iterable[Proxy], kept: list[Proxy]) -> Iterator[Proxy]:
    """Pass the photos on, and put every n-th of them into `kept`."""
    stride = 1
    for index, proxy in enumerate(proxies):
        if index % stride == 0:
            kept.append(proxy)
        if len(kept) > 2 * MAX_PROXIES:
            kept[:], stride = kept[::2], 2 * stride
        yield proxy
