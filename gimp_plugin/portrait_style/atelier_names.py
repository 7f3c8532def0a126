"""What the ready styles are called in the user's language; scripts and files use their names as they are."""

from __future__ import annotations

from atelier_words import _


def title_of(name: str, origin: str) -> str:
    """Return how a style is called in a list: a ready one in the user's language, the user's own as they named it."""
    plain = name.rpartition("/")[2]
    if origin != "bundled":
        return name
    return _ready().get(plain) or plain.replace("-", " ").capitalize()


def _ready() -> dict[str, str]:
    return {
        "cool-cinema": _("Cool cinema"),
        "copper-engraving": _("Copper engraving"),
        "documentary-1936": _("Documentary 1936"),
        "faded-print": _("Faded print"),
        "golden-hour": _("Golden hour"),
        "high-key": _("High key"),
        "low-key": _("Low key"),
        "northern-window": _("Northern window"),
        "orthochromatic-plate": _("Orthochromatic plate"),
        "platinum-print": _("Platinum print"),
        "red-chalk": _("Red chalk"),
        "selenium-print": _("Selenium print"),
        "silver-gelatin": _("Silver gelatin"),
        "soft-pastel": _("Soft pastel"),
        "warm-slide": _("Warm slide"),
    }
