"""The methods of look recovery: baselines and ours.

A method is a function from a `Task` to a `Restyle`, listed in METHODS, and in TAKES_CONTENT if it uses the
photographer's own untouched photos, which gives it a second row. Methods that compute looks return a `ByLook`, which
renders them. The summary uses the rows BASE and LEARNT.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
from color_matcher import ColorMatcher
from portrait_atelier.core.color.lab import lab_to_srgb, srgb_to_lab
from portrait_atelier.core.estimation.color_set import ColorSet, sample_colors
from portrait_atelier.core.estimation.content import Content
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.estimation.set_statistics import SetStatistics, transport
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.imaging.proxy import Proxy
from portrait_atelier.core.imaging.rendering.look import Look
from portrait_atelier.core.imaging.rendering.restyle import restyle_photo
from portrait_atelier.core.learning.look.instant import style_from_proxies
from portrait_atelier.core.learning.look.photos import TrainingPhotos
from portrait_atelier.core.learning.look.settings import LEAST_PHOTOS
from portrait_atelier.core.learning.look.training import StyleTraining
from portrait_atelier.core.networks.regions import predict_regions
from portrait_atelier.core.styles.style import Style

from .recovery_scores import Restyle

_POOL_PIXELS = 65536
_SLICED_COLORS = 8192
UNTOUCHED, CLOSED_FORM, BASE, LEARNT = "untouched", "closed form", "ours, instant", "ours, learnt"


@dataclass(frozen=True)
class Task:
    """The input of a method.

    Attributes:
        style: style photos in the look, each (H, W, 3) uint8.
        neutral: the neutral corpus, photo by photo.
        content: the photographer's own untouched photos, each (H, W, 3) uint8; None in the rows without.
    """

    style: list[np.ndarray]
    neutral: ColorSet
    content: list[np.ndarray] | None = None

    def pool(self) -> np.ndarray:
        """(65536, 1, 3) float64 in [0, 1]: pixels of all style photos alike, as one picture."""
        share = _POOL_PIXELS // len(self.style)
        parts = [photo.reshape(-1, 3) for photo in self.style]
        picked = [part[np.arange(share) * len(part) // share] for part in parts]
        return np.concatenate(picked)[:, None].astype(np.float64) / 255

    def corpus(self, equal_kinds: bool) -> ColorSet:
        """The own photos if there are any; else the corpus, every photo counting the same, or every kind."""
        if self.own_colors is not None:
            return self.own_colors
        return self.neutral if equal_kinds else ColorSet(self.neutral.colors, np.ones_like(self.neutral.weights))

    @cached_property
    def colors(self) -> ColorSet:
        """The style photos as the command line would sample them."""
        return sample_colors(self.style_proxies)

    @cached_property
    def own_colors(self) -> ColorSet | None:
        """The own untouched photos, sampled alike; None where there are none."""
        return None if self.content_proxies is None else sample_colors(self.content_proxies)

    @cached_property
    def style_proxies(self) -> list[Proxy]:
        """The style photos, (H, W, 3) float32 in [0, 1]."""
        return proxies_of(self.style)

    @cached_property
    def content_proxies(self) -> list[Proxy] | None:
        """The own untouched photos, (H, W, 3) float32 in [0, 1]; None where there are none."""
        return None if self.content is None else proxies_of(self.content)


@dataclass(frozen=True)
class ByLook:
    """Restyle by looks, each rendered on the whole photo.

    Attributes:
        decide: computes the look of a whole photo of at most 256 pixels.
        expected: expected distance from the truth, mean CIEDE2000; None if unknown.
    """

    decide: Callable[[Proxy], Look]
    expected: float | None = None

    @classmethod
    def of(cls, style: Style, *, variation: int = 0) -> ByLook:
        """Restyle by a style, which decides a look from each photo alone."""
        expected = style.score.get("expected")
        return cls(
            lambda content: style.look_for(Content.of([content]), variation=variation),
            None if expected is None else float(expected),
        )

    def __call__(self, photo: np.ndarray, step: int) -> np.ndarray:
        """Restyle a photo (H, W, 3) float32 in [0, 1]; its pixels [::step, ::step]."""
        pixels = np.ascontiguousarray(photo, np.float32)
        return rendered(pixels, self.decide(Proxy.opaque(pixels)))[::step, ::step]


def rendered(photo: np.ndarray, look: Look) -> np.ndarray:
    """Render a look on a whole photo (H, W, 3) float32, with its own regions if the look needs them."""
    regions = predict_regions(photo) if look.needs_regions else None
    return restyle_photo(Photo(photo), look, regions=regions).pixels


def untouched(task: Task) -> Restyle:
    """Return the photo unchanged."""
    return lambda photo, step: photo[::step, ::step]


def reinhard(task: Task) -> Restyle:
    """Reinhard et al. 2001, the photo against the pooled style photos."""
    return _matched(task, "reinhard")


def photo_to_pool(task: Task) -> Restyle:
    """The linear transport of ComfyUI's ColorMatch, the photo against the pooled style photos."""
    return _matched(task, "mkl")


def linear_corpora(task: Task, *, equal_kinds: bool) -> Restyle:
    """One linear transport from the neutral corpus to the style photos, in Lab."""
    return _linear(_statistics(task.corpus(equal_kinds)), task)


def sliced_corpora(task: Task, *, equal_kinds: bool) -> Restyle:
    """One iterated sliced transport (Pitie 2007; 20 rotations, 64 quantiles), neutral corpus to style, in Lab."""
    source, target = (_sample(colors) for colors in (task.corpus(equal_kinds), task.colors))
    steps = sliced_steps(source, target, num_rotations=20, num_quantiles=64)
    return lambda photo, step: lab_to_srgb(follow(steps, srgb_to_lab(photo[::step, ::step])))


def closed_form(task: Task) -> Restyle:
    """The closed-form transport that the set network starts from: from people at large, or own photos, to the style."""
    return _linear(load_set_model().prior if task.own_colors is None else _statistics(task.own_colors), task)


def base(task: Task) -> Restyle:
    """The instant style of the bundled set network, without training."""
    return ByLook.of(instant_style(task.style_proxies, task.content_proxies))


def learnt(task: Task) -> Restyle:
    """The style that `atelier learn` trains; instant for few photos."""
    if len(task.style) < LEAST_PHOTOS:
        return base(task)
    own = None if task.content_proxies is None else TrainingPhotos.of(task.content_proxies)
    learning = StyleTraining(TrainingPhotos.of(task.style_proxies), own)
    for _ in learning.run():
        pass
    return ByLook.of(learning.style("recovery", cover=False))


def instant_style(style: Sequence[Proxy], content: Sequence[Proxy] | None = None) -> Style:
    """The instant style as shipped, of style photos and of the photographer's own untouched ones."""
    return style_from_proxies(style, "recovery", content=content, cover=False)


def proxies_of(photos: Sequence[np.ndarray]) -> list[Proxy]:
    """Photos (H, W, 3) uint8 as proxies."""
    return [Proxy.opaque(photo.astype(np.float32) / 255) for photo in photos]


Steps = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def sliced_steps(source: np.ndarray, target: np.ndarray, *, num_rotations: int, num_quantiles: int) -> Steps:
    """Rotations, and along each of their axes the quantiles (3, Q) before and after."""
    rng = np.random.Generator(np.random.PCG64(0))
    levels = (np.arange(num_quantiles) + 0.5) / num_quantiles
    steps: Steps = []
    for _ in range(num_rotations):
        rotation = np.linalg.qr(rng.normal(size=(3, 3)))[0].astype(np.float32)
        before = np.quantile(source @ rotation, levels, axis=0).T
        after = np.quantile(target @ rotation, levels, axis=0).T
        steps.append((rotation, before, after))
        source = follow(steps[-1:], source)
    return steps


def follow(steps: Steps, colors: np.ndarray) -> np.ndarray:
    """Transport colors (..., 3); the shift is constant beyond the outermost quantiles."""
    moved = colors.reshape(-1, 3).astype(np.float32)
    for rotation, before, after in steps:
        turned = moved @ rotation
        for axis in range(3):
            shift = (after - before)[axis]
            turned[:, axis] += np.interp(turned[:, axis], before[axis], shift)
        moved = turned @ rotation.T
    return moved.reshape(colors.shape)


METHODS: dict[str, Callable[[Task], Restyle]] = {
    UNTOUCHED: untouched,
    "Reinhard, photo to pool": reinhard,
    "MKL, photo to pool (color-matcher)": photo_to_pool,
    "MKL, corpus to corpus": partial(linear_corpora, equal_kinds=False),
    "MKL, corpus to corpus, kinds equal": partial(linear_corpora, equal_kinds=True),
    "sliced, corpus to corpus": partial(sliced_corpora, equal_kinds=False),
    "sliced, corpus to corpus, kinds equal": partial(sliced_corpora, equal_kinds=True),
    CLOSED_FORM: closed_form,
    BASE: base,
    LEARNT: learnt,
}
SLOW = frozenset({LEARNT})  # minutes a cell: only measured where it is asked for by name
# Rows that the own photos change; with these, "kinds equal" would be the same as without.
TAKES_CONTENT = frozenset({"MKL, corpus to corpus", "sliced, corpus to corpus", CLOSED_FORM, BASE, LEARNT})


def _matched(task: Task, method: str) -> Restyle:
    pool = task.pool()

    def restyle(photo: np.ndarray, step: int) -> np.ndarray:
        matcher = ColorMatcher(src=photo.astype(np.float64), ref=pool.copy(), method=method)
        return np.real(matcher.main())[::step, ::step].astype(np.float32)

    return restyle


def _statistics(colors: ColorSet) -> SetStatistics:
    return SetStatistics.of(colors.tokens, colors.weights)


def _linear(source: SetStatistics, task: Task) -> Restyle:
    affine = transport(source.all, _statistics(task.colors).all).astype(np.float32)
    return lambda photo, step: lab_to_srgb(srgb_to_lab(photo[::step, ::step]) @ affine[:, :3].T + affine[:, 3])


def _sample(population: ColorSet) -> np.ndarray:
    """(8192, 3) Lab colors of whole photos, each photo drawn by its weight."""
    reached = np.cumsum(population.weights, dtype=np.float64)
    marks = (np.arange(_SLICED_COLORS) + 0.5) / _SLICED_COLORS * reached[-1]
    photos = np.searchsorted(reached, marks).clip(max=len(reached) - 1)
    colors = (np.arange(_SLICED_COLORS) * 7919) % population.colors.shape[2]  # a prime: photos and colors mix evenly
    return population.tokens[photos, colors, :3]
