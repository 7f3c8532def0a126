"""Portrait Atelier: learn a portrait photographer's style and give it to new portraits."""

WEB_DIRECTORY = "./web"


async def comfy_entrypoint():
    """Return ComfyUI's extension; the nodes are imported on demand."""
    from .comfy_nodes.extension import open_extension

    return open_extension()
