"""Train Portrait Style: training in a graph, with live previews."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import comfy.utils
from comfy_api.latest import io, ui
from torch import Tensor

from ..core.imaging.photo import Photo
from ..core.imaging.proxy import Proxy
from ..core.learning.look.settings import LookTrainSettings
from ..core.learning.request import (
    MAX_SEED,
    MAX_STEPS,
    MAX_WEIGHT,
    PreparingTraining,
    TrainingStep,
    TrainOptions,
    TrainRequest,
)
from ..core.styles.style import Style
from .covers import FILE, style_file
from .folders import NO_FOLDER, input_folders
from .nodes_photos import CONTENT_FOLDER_TIP, CONTENT_TIP, FOLDER_TIP, IMAGES_TIP
from .photos import folder_state, folders_there, gather_photos, require_photos
from .running import (
    VRAM_FOR_TRAINING,
    Interrupted,
    check_interrupt,
    compute_device,
    counter,
    plain_tensors,
    show_progress,
    show_text,
)
from .sockets import StyleSocket, advanced, first, schema

_KNOWN = ("not trained again: these photos were learnt with these settings before, and the style is in your library",)
_LAMBDAS = (
    (
        "lambda_content",
        "content_weight",
        "hold to the person",
        "Higher keeps the person and the light, lower lets the look go further.",
    ),
    (
        "lambda_style",
        "style_weight",
        "pull of the style",
        "Higher brings colors and textures nearer to the photographer's.",
    ),
    ("lambda_tv", "tv_weight", "smoothness", "Higher smooths noise and banding."),
    (
        "adversarial",
        "adversarial_weight",
        "weight of the judges",
        "How much the discriminators count, which judge whether a photo is the photographer's; 0 learns without them.",
    ),
)


class TrainPortraitStyle(io.ComfyNode):
    """Photos to a learnt style."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Declare the node."""
        return schema(
            "AtelierTrainStyle",
            "Train Portrait Style",
            description="Learns a photographer's style from finished photos by adversarial training, and saves it into "
            "your library. Cancel keeps the best so far.",
            search_aliases=["learn style", "GAN", "fine-tune", "train LoRA"],
            inputs=[
                io.Image.Input("images", optional=True, tooltip=IMAGES_TIP + " Training needs 8."),
                io.Combo.Input("folder", options=input_folders(), default=NO_FOLDER, tooltip=FOLDER_TIP),
                io.Image.Input("content", optional=True, tooltip=CONTENT_TIP),
                io.Combo.Input(
                    "content_folder", options=input_folders(), default=NO_FOLDER, tooltip=CONTENT_FOLDER_TIP
                ),
                io.String.Input("name", default="my style", tooltip="How the style is called everywhere."),
                *_number_inputs(LookTrainSettings()),
            ],
            outputs=[
                StyleSocket.Output(display_name="style", tooltip="The learnt style; it is saved already."),
                io.Image.Output(display_name="plot", tooltip="How near it came, over the steps."),
                io.Image.Output(display_name="sample", tooltip="Some of the photos, and a portrait before and after."),
            ],
            hidden=[io.Hidden.unique_id],
            is_input_list=True,
            is_output_node=True,
        )

    @classmethod
    def validate_inputs(cls, folder: Any, content_folder: Any) -> bool | str:
        """Name the folder that is to be made."""
        return folders_there(folder, content_folder)

    @classmethod
    def fingerprint_inputs(cls, **inputs: Any) -> str:
        """Return a text that changes with the photos of the folders."""
        return folder_state(first(inputs.get("folder")), first(inputs.get("content_folder")))

    @classmethod
    def execute(
        cls, images: list[Tensor] | None = None, content: list[Tensor] | None = None, **widgets: Any
    ) -> io.NodeOutput:
        """Train, save and show the style."""
        from .pictures import image_of
        from .report_pictures import sample_sheet, score_picture, verdict_told
        from .saving import shown_path, target_of
        from .training import learnt_before, refuse_name, require_enough

        given = {name: first(value) for name, value in widgets.items()}
        name, options, overwrite = str(given["name"]).strip(), _options_from(given), bool(given["overwrite"])
        refuse_name(name, options.settings("look"), overwrite=overwrite)
        with plain_tensors(), compute_device(VRAM_FOR_TRAINING) as device:
            show_text(cls, "reading photos")
            photos = gather_photos(images, given["folder"], counter(1))
            require_photos(photos)
            own = gather_photos(content, given["content_folder"], counter(1))
            require_enough(photos, own)
            request = TrainRequest(name, photos, own or None, options=options, device=device)
            known = learnt_before(request, photos, own, overwrite=overwrite)
            style = known or _trained(cls, request, photos, own)
            sheet = sample_sheet(style, photos)
            show_progress(comfy.utils.ProgressBar(1), 1, 1, sheet)  # replaces the last live sample
        path = target_of(None, name)
        kept = f"saved, for you to use and to give to others: {shown_path(path)}"
        told = "\n".join([*_KNOWN[: known is not None], *verdict_told(style), *_nothing_added(style), kept])
        show_text(cls, told)
        plot, sample = image_of(score_picture(style)), image_of(sheet)
        shown = ui.PreviewImage(sample, cls=cls).as_dict() | ui.PreviewText(told).as_dict()
        shown |= {FILE: style_file(f"library/{name}", path)}
        return io.NodeOutput(style, plot, sample, ui=shown)


def _nothing_added(style: Style) -> list[str]:
    """Return a line about a training that ended with the first look, which is good news."""
    if style.adapter is not None:
        return []
    return ["training had nothing to add: the first look, read from the photos, is as near as they can tell"]


def _number_inputs(defaults: LookTrainSettings) -> list[Any]:
    return [
        io.Int.Input("steps", default=defaults.num_steps, min=1, max=MAX_STEPS, tooltip="Steps of training."),
        io.Int.Input(
            "seed",
            default=defaults.seed,
            min=0,
            max=MAX_SEED,
            control_after_generate=False,  # else every run of the graph would train again
            tooltip="The same seed and photos learn the same style.",
        ),
        io.Boolean.Input(
            "overwrite", default=False, tooltip="Whether a style of yours that has this name may be replaced."
        ),
        *(
            advanced(
                io.Float.Input,
                name,
                display_name=shown,
                default=getattr(defaults.weights, field),
                min=0.0,
                max=MAX_WEIGHT,
                step=0.05,
                tooltip=tooltip,
            )
            for name, field, shown, tooltip in _LAMBDAS
        ),
    ]


def _options_from(given: dict[str, Any]) -> TrainOptions:
    weights: dict[str, Any] = {field: float(given[name]) for name, field, _, _ in _LAMBDAS}
    return TrainOptions(steps=int(given["steps"]), seed=int(given["seed"]), **weights)


def _trained(node: Any, request: TrainRequest, photos: Sequence[Proxy], own: Sequence[Proxy]) -> Style:
    """Train and save a style."""
    from .report_pictures import photos_picture
    from .saving import save_into
    from .training import Training

    bar = comfy.utils.ProgressBar(1)
    show_progress(bar, 0, 1, photos_picture(photos))
    show_text(node, f"making the first look of {len(photos)} photos")
    portrait = _portrait(own)
    training = Training(request)
    try:
        for news in training.news():
            check_interrupt()
            if isinstance(news, PreparingTraining):
                _show_preparation(node, bar, news, len(photos))
            elif news is not None:
                _show(node, bar, news, portrait)
    except Interrupted:
        training.stop()
        style = training.style()
        if style is not None:
            _, path = save_into(None, style, overwrite=True)
            show_text(node, f"cancelled; the best so far is kept: {path}\nQueue again to go on.")
        raise
    finally:
        training.release()
    style = training.style()
    assert style is not None
    saved, _ = save_into(None, style, overwrite=True)
    training.forget_checkpoint()
    return saved


def _portrait(own: Sequence[Proxy]) -> Photo:
    """Return what shows how far training came: the first untouched photo, or the astronaut."""
    from ..core.styles.cover import astronaut

    return Photo(pixels=own[0].pixels) if own else astronaut()


def _show_preparation(node: Any, bar: comfy.utils.ProgressBar, news: PreparingTraining, num_photos: int) -> None:
    show_text(node, f"preparing to train on {num_photos} photos: {news.share:.0%}")
    show_progress(bar, round(100 * news.share), 100)


def _show(node: Any, bar: comfy.utils.ProgressBar, step: TrainingStep, portrait: Photo) -> None:
    from .report_pictures import live_picture

    picture = None if step.samples is None else live_picture(portrait, step.make_best_style(cover=False))
    show_progress(bar, step.step, step.num_steps, picture)
    if step.step == 1 or step.validation is not None:
        show_text(node, _progress_text(step))


def _progress_text(step: TrainingStep) -> str:
    """Say how long training still takes, and what it has brought."""
    left = f"step {step.step} of {step.num_steps}, about {max(1, round(step.seconds_left / 60))} min left"
    if step.validation is None:
        return left
    start, now = step.validation.instant_distance, step.validation.best_distance
    return f"{left}\ndistance from your photos that were kept aside: {start:.1f} at first, {now:.1f} now"
