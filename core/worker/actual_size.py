"""A layer at its actual size in a style, pixel for pixel as the style will leave it.

The whole layer is restyled, as by `restyle`, and the result kept, so that a crop can be moved at no cost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..imaging.photo import Photo
from ..learning.resolve import resolve_style
from ..styles.applying import apply_style
from ..styles.controls import Controls
from ..styles.fitting import Fit, fit_for
from ..styles.style import Style
from ..texts import Text
from .job import Job


@dataclass
class ActualSize:
    """A layer at its full size and depth, and what was last made of it.

    Attributes:
        photo: views of the client's memory.
        fitted: style and controls, but for the strength, of the last fit.
        finished: style and controls of the last result.
    """

    photo: Photo
    fitted: tuple[tuple[str, Controls], Style, Fit | None] | None = None
    finished: tuple[tuple[str, Controls], Photo] | None = None

    def in_style(self, text: str, controls: Controls, job: Job) -> tuple[Photo, tuple[Text, ...]]:
        """Return the layer in a style, and remarks on how that fits."""
        key = (text, replace(controls, strength=1.0))
        if self.fitted is None or self.fitted[0] != key:
            style = resolve_style(text, progress=lambda done, total: job.progress(done, total, "photos"))
            job.check()
            self.fitted = (key, style, fit_for(self.photo, style, key[1]))
        _, style, fit = self.fitted
        if self.finished is None or self.finished[0] != (text, controls):
            self.finished = None  # frees memory
            result = apply_style(
                self.photo,
                style,
                controls,
                fit=None if controls.strength == 0 else fit,
                progress=lambda done, total: job.progress(done, total, "restyle"),
            )
            self.finished = ((text, controls), result)
        return self.finished[1], () if fit is None else fit.remarks
