"""How well a style was learnt, as one of five verdicts: by its expected error, as far as its evidence allows."""

from __future__ import annotations

from dataclasses import dataclass

from ..learning.look.settings import GOOD_PHOTOS, LEAST_PHOTOS
from ..learning.look.trust import trust_of
from ..styles.style import Style
from ..texts import Text

NAMES = ("closely", "well", "fairly", "roughly", "unknown")  # of the verdicts, for programs
WORDS = (
    Text("closely: hardly to be told from the photographer's own finish"),
    Text("well: small differences from the photographer's own finish"),
    Text("fairly: the look is there, with differences that can be seen"),
    Text("roughly: only the direction of the look is sure"),
    Text("not to be told: the look is slight, and may be off by as much as it changes"),
)
GIVE_CONTENT = Text("untouched photos by the same photographer would help to tell the look from the people")  # advice
_LIMITS = ((2.2, 0.6), (3.0, 0.45), (4.2, 0.25))  # largest expected error, and smallest share of the look, of a verdict
_BEST_STOPPED, _BEST_FEW, _BEST_UNCONFIRMED, _BEST_MIXED, _BEST_PAIR = 1, 2, 2, 2, 3


@dataclass(frozen=True)
class Verdict:
    """How well a style was learnt.

    Attributes:
        level: index into NAMES and WORDS; 0 is the best.
        reasons: what forbids a better verdict, whatever the expected error is.
        advice: what may make it better; None if nothing is known to, or if a reason says it.
        expected, low, high, moved: as of `Trust`, in mean CIEDE2000.
    """

    level: int
    reasons: tuple[Text, ...]
    advice: Text | None
    expected: float
    low: float
    high: float
    moved: float

    @property
    def name(self) -> str:
        """Its name for programs."""
        return NAMES[self.level]

    @property
    def words(self) -> Text:
        """Its words for users."""
        return WORDS[self.level]

    @property
    def share(self) -> float:
        """The share of the look that is expected to be right, 0 to 1."""
        return share_right(self.expected, self.moved)


def verdict_of(style: Style) -> Verdict | None:
    """Judge a style; None for one that no photos taught, or of which a too old version kept too little.

    The expected error is stored with the style; for a style of an older version it is computed from its colors.
    """
    numbers = _numbers(style)
    if numbers is None:
        return None
    level = _level(numbers["expected"], numbers["moved"])
    caps = _caps(style)
    level = max([level, *(best for best, _ in caps)])
    return Verdict(level, tuple(reason for _, reason in caps), None if caps else _advice(style, level), **numbers)


def share_right(expected: float, moved: float) -> float:
    """Return the share of a look that is right if it is off by `expected` and moves colors by `moved`."""
    return max(0.0, 1 - expected / max(moved, 1e-6))


def share_of_the_way(style: Style) -> float | None:
    """Return the measured score as a share of the way from ceiling (0) to floor (1).

    Returns:
        None for a style without score, and where untouched people are as near to the photos as these are to each other,
        so that there is no way to measure.
    """
    score = style.score
    if not has_distances(style):
        return None
    floor, ceiling, found = float(score["floor"]), float(score["ceiling"]), float(score["score"])
    return None if ceiling <= floor else (ceiling - found) / (ceiling - floor)


def has_distances(style: Style) -> bool:
    """Whether training measured how far people in the style lie from the photographer's photos."""
    return {"score", "instant", "floor", "ceiling"} <= set(style.score)


def _numbers(style: Style) -> dict[str, float] | None:
    names = ("expected", "low", "high", "moved")
    if set(names) <= set(style.score):
        return {name: float(style.score[name]) for name in names}
    if style.photos is None or style.photos.places is None or style.photos.regions is None:
        return None
    return trust_of(style.photos, style.own).to_score()


def _level(expected: float, moved: float) -> int:
    share = share_right(expected, moved)
    for level, (most, least) in enumerate(_LIMITS):
        if expected <= most and share >= least:
            return level
    return len(_LIMITS) if share > 0 else len(_LIMITS) + 1


def _advice(style: Style, level: int) -> Text | None:
    if level and style.num_photos < GOOD_PHOTOS:
        return Text("{good} photos would give a better idea of the style", good=GOOD_PHOTOS)
    if level > 1 and style.own is None:
        return GIVE_CONTENT
    return None


def _caps(style: Style) -> list[tuple[int, Text]]:
    """Return what forbids a better verdict: the best one that is left, and why."""
    score, found = style.score, list[tuple[int, Text]]()
    if score.get("mixed"):
        mixed = Text("the photos do not look like one style, and this one lies between two; learn each kind by itself")
        found.append((_BEST_MIXED, mixed))
    if style.num_photos < LEAST_PHOTOS:
        few = Text(
            "fewer than {few} photos cannot make sure of a look; {good} give a good idea",
            few=LEAST_PHOTOS,
            good=GOOD_PHOTOS,
        )
        found.append((_BEST_PAIR if style.num_photos < 3 else _BEST_FEW, few))
    if has_distances(style) and share_of_the_way(style) is None:
        unconfirmed = Text(
            "untouched people are as near to these photos as the photos are to each other, so the photos cannot "
            "confirm it"
        )
        found.append((_BEST_UNCONFIRMED, unconfirmed))
    is_stopped = style.settings.get("finished") is False and not score.get("step") and not score.get("clear")
    if is_stopped:
        found.append((_BEST_STOPPED, Text("training was stopped before it could confirm anything")))
    return found
