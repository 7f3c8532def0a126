"""Make the ready styles in `weights/styles`, each with its card.

python weights/make_styles.py                           # the designed looks
python weights/make_styles.py --documentary FOLDER      # also documentary-1936, from the photographs in FOLDER
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from portrait_atelier.core.learning.request import TrainRequest
from portrait_atelier.core.learning.service import train_style
from portrait_atelier.core.pretraining.designed.ready import READY_RECIPES, ReadyRecipe
from portrait_atelier.core.pretraining.designed.recipes import look_of
from portrait_atelier.core.styles.cover import with_cover
from portrait_atelier.core.styles.style import Style
from portrait_atelier.core.styles.style_file import SUFFIX, save_style, style_hash

FOLDER = Path(__file__).resolve().parent / "styles"
CREATED = "2026-11-23"
DOCUMENTARY = "documentary-1936"
DOCUMENTARY_LINE = "Dust, hard light and silver: black and white as the Farm Security Administration saw it in 1936."
DOCUMENTARY_CARD = (
    "Learnt as an instant style from {count} photographs that Dorothea Lange (1895-1965) made for the US Farm Security "
    "Administration, a work of the federal government in the public domain; the borders of the scans were cut away. "
    "It suits plain light and faces that need no flattery."
)


def designed_style(recipe: ReadyRecipe) -> Style:
    """A ready recipe as a style of kind `fixed`."""
    style = Style(
        name=recipe.name,
        kind="fixed",
        description=recipe.description,
        words=recipe.card,
        licence="MIT",
        created=CREATED,
        settings={"method": "designed", "title": recipe.title},
        look=look_of(recipe.recipe),
        texture=recipe.texture,
    )
    return with_cover(style)


def documentary_style(folder: Path) -> Style:
    """The style of a folder of public-domain photographs."""
    style = train_style(TrainRequest(DOCUMENTARY, folder, instant=True)).style
    assert style is not None
    words = DOCUMENTARY_CARD.format(count=style.num_photos)
    return replace(style, description=DOCUMENTARY_LINE, words=words, licence="MIT", created=CREATED)


def card(style: Style) -> str:
    """The card of a style, in Markdown."""
    how = {"fixed": "designed by hand; no photo went into it", "instant": f"learnt from {style.num_photos} photos"}
    rows = {
        "kind": f"{style.kind}: {how[style.kind]}",
        "made by": "`python weights/make_styles.py`",
        "content hash": f"`{style_hash(style)[:16]}`",
        "licence": style.licence,
    }
    table = "\n".join(f"| {key} | {value} |" for key, value in rows.items())
    return f"# {style.name}\n\n{style.description}\n\n{style.words}\n\n| | |\n|---|---|\n{table}\n"


def main() -> None:
    """Write the styles that are asked for, in place of what is there."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documentary", type=Path, metavar="FOLDER", help="photographs for documentary-1936")
    folder = parser.parse_args().documentary
    styles = [designed_style(recipe) for recipe in READY_RECIPES]
    if folder is not None:
        styles.append(documentary_style(folder))
    for style in styles:
        path = save_style(style, FOLDER / f"{style.name}{SUFFIX}", overwrite=True)
        (FOLDER / f"{style.name}.md").write_text(card(style), encoding="utf-8")
        print(f"{path.name}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
