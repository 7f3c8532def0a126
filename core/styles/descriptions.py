"""What learning says of a style in its file, and how what a file says is read again in any language."""

from __future__ import annotations

from ..texts import Text, from_file
from .style import Style


def learnt_from(count: int) -> Text:
    """The description of a look that was learnt from so many photos."""
    return Text("learnt from {count} photos", one="learnt from {count} photo", count=count)


def paints_as(count: int) -> Text:
    """The description of a pixel style that was learnt from so many pictures."""
    return Text("paints as {count} pictures do", one="paints as {count} picture does", count=count)


def description_of(style: Style) -> Text:
    """What a style's file says it does."""
    made_here = (learnt_from(style.num_photos), paints_as(style.num_photos))
    return next((text for text in made_here if text == style.description), from_file(style.description))
