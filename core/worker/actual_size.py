"""A layer at its actual size in a style, pixel for pixel as the style will leave it.

The whole layer is restyled, as by `restyle`, and the result kept, so that a crop can be moved at no cost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..imaging.photo import Photo
from ..styles.applying import apply_style
from ..styles.controls import Controls
from ..styles.fitting import Fit, fit_for
from ..texts import Text
from .job import Job
from .named_styles import Mark, NamedStyle


@dataclass
class ActualSize:
    """A layer at its full size and depth, and what was last made of it.

    Attributes:
        photo: views of the client's memory.
        fitted: mark of the style and controls, but for the strength, of the last fit.
        finished: mark of the style and controls of the last result.
    """

    photo: Photo
    fitted: tuple[tuple[Mark, Controls], Fit | None] | None = None
    finished: tuple[tuple[Mark, Controls], Photo] | None = None

    def in_style(self, named: NamedStyle, controls: Controls, job: Job) -> tuple[Photo, tuple[Text, ...]]:
        """Return the layer in a style, and remarks on how that fits."""
        style, key = named.style, (named.mark, replace(controls, strength=1.0))
        if self.fitted is None or self.fitted[0] != key:
            self.fitted = (key, fit_for(self.photo, style, key[1]))
        fit = self.fitted[1]
        if self.finished is None or self.finished[0] != (named.mark, controls):
            self.finished = None  # frees memory
            result = apply_style(
                self.photo,
                style,
                controls,
                fit=None if controls.strength == 0 else fit,
                progress=lambda done, total: job.progress(done, total, "restyle"),
            )
            self.finished = ((named.mark, controls), result)
        return self.finished[1], () if fit is None else fit.remarks
