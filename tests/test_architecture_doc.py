"""Files, rooms, links and tests that docs/architecture.md, CONTRIBUTING.md and the other documents name exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCS = (
    *("README.md", "CONTRIBUTING.md", "SECURITY.md"),
    *(f"docs/{name}.md" for name in ("architecture", "fleet", "pretraining", "python")),
)
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in DOCS}
FOLDERS = (".github", "core", "gimp_plugin", "panel")  # in which a document may name a file by its end alone
_PATH = re.compile(r"`((?:[\w.-]+/)*[\w-]+(?:\.(?:py|json|yml|md|po|toml)|/))`")
NAMED = sorted({(name, path) for name, text in TEXTS.items() for path in _PATH.findall(text)})
LINKS = sorted(
    {(name, link) for name, text in TEXTS.items() for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text)}
)
HEADINGS = sorted(
    {(name, *link) for name, text in TEXTS.items() for link in re.findall(r"\]\(([^)#:]*)#([^)]+)\)", text)}
)


def _is_there(path: str) -> bool:
    return (ROOT / path).exists() or any(any((ROOT / folder).rglob(path.rstrip("/"))) for folder in FOLDERS)


def test_many_files_are_named():
    assert len(NAMED) > 80


@pytest.mark.parametrize(
    ("document", "path"), [pair for pair in NAMED if not re.search(r"NAME|CODE|LANG|NODE", pair[1])]
)
def test_files_that_documents_name_are_there(document: str, path: str):
    assert _is_there(path), f"{document} names {path}"


@pytest.mark.parametrize(("document", "link"), LINKS)
def test_links_lead_somewhere(document: str, link: str):
    assert (ROOT / document).parent.joinpath(link).exists()


@pytest.mark.parametrize(("document", "link", "heading"), HEADINGS)
def test_links_into_a_page_name_one_of_its_headings(document: str, link: str, heading: str):
    page = (ROOT / document).parent / link if link else ROOT / document
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert heading in {re.sub(r"[^\w -]", "", title.lower()).strip().replace(" ", "-") for title in titles}


def test_every_room_of_core_is_described():
    rooms = [path.name for path in (ROOT / "core").iterdir() if (path / "__init__.py").is_file()]
    assert [room for room in rooms if f"| `{room}/` |" not in TEXTS["docs/architecture.md"]] == []


def test_every_test_of_a_rule_is_one():
    table = TEXTS["docs/architecture.md"].split("## What tests keep")[1]
    named = re.findall(r"`(tests/[\w/]+(?:\.py)?)`?", table)
    assert len(named) > 10
    assert all((ROOT / name).exists() for name in named)
