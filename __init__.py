"""Portrait Atelier: learn a portrait photographer's style and give it to new portraits."""

WEB_DIRECTORY = "./web"


async def comfy_entrypoint():
    """ComfyUI's door: the nodes, imported when it asks for them."""
    from .comfy_nodes.extension import open_extension

    return open_extension()
