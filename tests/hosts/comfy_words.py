"""What ComfyUI shows of the nodes, in every language: `locales/` and the help pages in `web/docs/`.

All of it is made here, from the nodes themselves, from `notes.json` (the end of the help pages) and `page.json`
(the words of `web/*.js`) in `comfy_nodes/locale/nodes/`, and from the translations beside those, by English text.
`COMFYUI_PATH=... python tests/hosts/comfy_words.py` writes it anew, and names what is not translated.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import comfy_host

ROOT = comfy_host.ROOT
WORDS = ROOT / "comfy_nodes" / "locale" / "nodes"
LANGUAGES = ("en", "de", "es", "fr", "ja", "zh")
HEADS = ("Inputs", "Outputs")
PACK = "Portrait Atelier"
_FOLDERS = ("portrait_atelier", "portrait-atelier")  # under which git and ComfyUI's registry install it
Definitions = dict[str, dict[str, Any]]


def read(path: Path) -> Any:
    """A JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def definitions_of(nodes: dict[str, Any]) -> Definitions:
    """What nodes are called and say of themselves, in the form of ComfyUI's `nodeDefs.json`."""
    return {name: _definition(node.GET_SCHEMA()) for name, node in nodes.items()}


def translated(definitions: Any, catalog: dict[str, str]) -> Any:
    """Definitions with every text translated; KeyError of a text that is not."""
    if isinstance(definitions, dict):
        return {key: translated(value, catalog) for key, value in definitions.items()}
    return catalog[definitions]


def texts_of(definitions: Any) -> Iterator[str]:
    """Every text in definitions."""
    if isinstance(definitions, str):
        yield definitions
    for value in definitions.values() if isinstance(definitions, dict) else ():
        yield from texts_of(value)


def notes_of(catalog: dict[str, str] | None = None) -> dict[str, list[str]]:
    """Paragraphs of each node's help page below its inputs and outputs, in English or translated."""
    found = read(WORDS / "notes.json")
    return found if catalog is None else {name: [catalog[text] for text in texts] for name, texts in found.items()}


def help_page(node: dict[str, Any], notes: list[str], heads: dict[str, str]) -> str:
    """The help page of a node, as Markdown."""
    lists = [_list(heads[head], node.get(head.lower(), {}).values()) for head in HEADS]
    return "\n\n".join([f"# {node['display_name']}", node["description"], *filter(None, lists), *notes]) + "\n"


def page_words(catalog: dict[str, str] | None, style: str) -> dict[str, Any]:
    """ComfyUI's `main.json`: the words of our scripts, the name of the socket, and of the examples' folder."""
    words = read(WORDS / "page.json")
    return {
        "portraitAtelier": words if catalog is None else translated(words, catalog),
        "dataTypes": {"ATELIER_STYLE": style},
        "templateWorkflows": {"category": dict.fromkeys(_FOLDERS, PACK)},
    }


def files_of(definitions: Definitions) -> dict[Path, str]:
    """Every file that is made of the English definitions, and its text.

    Raises:
        KeyError: a text is not translated.
    """
    found: dict[Path, str] = {}
    for language in LANGUAGES:
        catalog = None if language == "en" else read(WORDS / f"{language}.json")
        said = definitions if catalog is None else translated(definitions, catalog)
        heads = {head: head if catalog is None else catalog[head] for head in HEADS}
        notes = notes_of(catalog)
        folder = ROOT / "locales" / language
        found[folder / "nodeDefs.json"] = _json(said)
        found[folder / "main.json"] = _json(page_words(catalog, said["AtelierLoadStyle"]["outputs"]["0"]["name"]))
        for name, node in said.items():
            page = f"{name}.md" if catalog is None else f"{name}/{language}.md"
            found[ROOT / "web" / "docs" / page] = help_page(node, notes[name], heads)
    return found


def needed_texts(definitions: Definitions) -> list[str]:
    """Every English text that the catalogs translate, once."""
    notes = (text for texts in notes_of().values() for text in texts)
    return list(dict.fromkeys([*HEADS, *texts_of(definitions), *notes, *read(WORDS / "page.json").values()]))


def _definition(schema: Any) -> dict[str, Any]:
    inputs = {one.id: {"name": one.display_name or one.id, "tooltip": one.tooltip} for one in schema.inputs}
    outputs = {
        str(number): {"name": one.display_name, "tooltip": one.tooltip} for number, one in enumerate(schema.outputs)
    }
    return {
        "display_name": schema.display_name,
        "description": schema.description,
        **({"inputs": inputs} if inputs else {}),
        **({"outputs": outputs} if outputs else {}),
    }


def _json(content: Any) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def _list(head: str, slots: Iterable[dict[str, str]]) -> str:
    """Inputs or outputs; no table, which ComfyUI's narrow panel squeezes."""
    lines = [f"- **{slot['name']}**: {slot['tooltip']}" for slot in slots]
    return "\n".join([f"## {head}", "", *lines]) if lines else ""


def _complete(needed: list[str]) -> bool:
    """Name what the catalogs lack, and drop what nothing says any more."""
    complete = True
    for language in LANGUAGES[1:]:
        path = WORDS / f"{language}.json"
        catalog = read(path)
        for text in needed:
            if text not in catalog:
                complete = False
                sys.stderr.write(f"{language} lacks: {text}\n")
        kept = {text: catalog[text] for text in needed if text in catalog}
        path.write_text(_json(kept), encoding="utf-8", newline="\n")
    return complete


def _write() -> int:
    with tempfile.TemporaryDirectory() as folder:
        pack = comfy_host.load_pack(comfy_host.comfyui_path(), Path(folder))
        definitions = definitions_of(comfy_host.node_list(pack))
    if not _complete(needed_texts(definitions)):
        return 1
    for path, text in files_of(definitions).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(_write())
