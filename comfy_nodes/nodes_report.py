"""Style Report: facts and score of a style."""

from __future__ import annotations

from comfy_api.latest import io, ui
from torch import Tensor

from ..core.styles.style import Style
from .pictures import image_of
from .restyling import photos_of
from .running import plain_tensors, show_text
from .sockets import StyleSocket, first, schema


class StyleReport(io.ComfyNode):
    """Style to a picture and a text."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        return schema(
            "AtelierStyleReport",
            "Style Report",
            description="Shows a style before and after, what it is made of, and how well it was learnt beside the "
            "photographer's own variety.",
            search_aliases=["style info", "compare", "score", "before after"],
            inputs=[
                io.Image.Input(
                    "images", optional=True, tooltip="Images to show before and after; at most 4 of them are shown."
                ),
                StyleSocket.Input("style", tooltip="What to report on."),
            ],
            outputs=[
                io.Image.Output(display_name="report", tooltip="Before and after, and the score of a learnt style."),
                io.String.Output(display_name="text", tooltip="The same in words."),
            ],
            hidden=[io.Hidden.unique_id],
            is_input_list=True,
            is_output_node=True,
        )

    @classmethod
    def execute(cls, style: list[Style], images: list[Tensor] | None = None) -> io.NodeOutput:
        """Report on the style."""
        from ..core.reports.words import score_lines, style_facts
        from .report_pictures import report_sheet, verdict_told

        shown = first(style)
        with plain_tensors():
            picture = image_of(report_sheet(shown, photos_of(images or [])))
        facts = [f"{label}: {text}" if label else text for label, text in style_facts(shown).items()]
        lines = score_lines(shown)
        text = "\n".join([*facts, *lines])
        told = "\n".join([shown.description or shown.kind, *verdict_told(shown)])  # numbers: in the output
        show_text(cls, told)
        return io.NodeOutput(picture, text, ui=ui.PreviewImage(picture, cls=cls).as_dict() | {"text": (told,)})
