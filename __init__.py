"""Portrait Atelier: learn a portrait photographer's style and apply it to new portraits.

For ComfyUI `WEB_DIRECTORY` and `comfy_entrypoint`; for scripts the names below, each imported when it is first used, so
that `import portrait_atelier` costs nothing. See `docs/python.md`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .core.errors import AtelierError as AtelierError
    from .core.errors import LearningError as LearningError
    from .core.errors import PhotoError as PhotoError
    from .core.errors import StyleError as StyleError
    from .core.learning.request import TrainOptions as TrainOptions
    from .core.scripting.applying import apply as apply
    from .core.scripting.applying import style_for_series as style_for_series
    from .core.scripting.learning import learn as learn
    from .core.scripting.library import add_style as add_style
    from .core.scripting.library import load_style as load_style
    from .core.scripting.library import styles as styles
    from .core.styles.library import StyleEntry as StyleEntry
    from .core.styles.style import Style as Style

WEB_DIRECTORY = "./web"
_PLACES = {
    "AtelierError": "core.errors",
    "LearningError": "core.errors",
    "PhotoError": "core.errors",
    "Style": "core.styles.style",
    "StyleEntry": "core.styles.library",
    "StyleError": "core.errors",
    "TrainOptions": "core.learning.request",
    "add_style": "core.scripting.library",
    "apply": "core.scripting.applying",
    "learn": "core.scripting.learning",
    "load_style": "core.scripting.library",
    "style_for_series": "core.scripting.applying",
    "styles": "core.scripting.library",
}


async def comfy_entrypoint():
    """Return ComfyUI's extension; the nodes are imported on demand."""
    from .comfy_nodes.extension import open_extension

    return open_extension()


if not TYPE_CHECKING:  # hidden from type checkers, which would accept every misspelt name

    def __getattr__(name: str) -> object:
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f".{_PLACES[name]}", __name__), name)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_PLACES})
