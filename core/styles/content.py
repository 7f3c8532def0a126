"""What a look is decided from: one photo to restyle, or several that shall get one look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..imaging.proxy import Proxy
from .population import Population, measure_population
from .prior import load_prior


@dataclass(frozen=True)
class Content:
    """The photos to restyle, as far as a style looks at them.

    Attributes:
        population: their colors, pooled.
        proxies: the photos, small; none stands for the mean portrait.
    """

    population: Population
    proxies: tuple[Proxy, ...] = ()

    @classmethod
    def of(cls, proxies: Sequence[Proxy]) -> Content:
        """A photo, or a series that gets one look.

        Raises:
            ValueError: there are no photos.
        """
        return cls(measure_population(proxies), tuple(proxies))

    @classmethod
    def mean_portrait(cls) -> Content:
        """No photo in particular: for a look that is exported to serve for all."""
        return cls(load_prior())
