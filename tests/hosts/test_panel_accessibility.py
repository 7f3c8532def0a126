"""axe-core looks at every tab, a photo in it too: nothing serious in what we add; what is Gradio's own is listed."""

import shutil
import subprocess

import pytest
from panel_server import choose_tab, drop, open_panel, shut_in, untouched_photo

pytestmark = [pytest.mark.browser, pytest.mark.slow]


# Of Gradio 6's own components, by rule; all else that is serious or critical fails the test.
_IS_STILL = """() => document.getAnimations().every(({ effect, playState }) =>
    playState !== "running" || effect.getComputedTiming().iterations === Infinity)
    && [...document.images].every((image) => image.complete)"""
OF_GRADIO = {"nested-interactive"}  # File, once it has files: the button that adds more lies in another button


@pytest.fixture(scope="module")
def axe(tmp_path_factory):
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm, which brings axe-core, is not installed")
    folder = tmp_path_factory.mktemp("axe")
    call = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), "axe-core@4"]
    try:
        subprocess.run(call, capture_output=True, check=True, timeout=180)
    except subprocess.SubprocessError:
        pytest.skip("axe-core cannot be had from npm here")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_serious_violation_in_any_tab(panel_server, panel_browser, axe, tmp_path, scheme, width):
    view = {"viewport": {"width": width, "height": 900}, "color_scheme": scheme}
    with shut_in(panel_browser, panel_server, **view) as page:
        open_panel(page, panel_server)
        page.add_script_tag(content=axe)
        found = {}
        for tab in ("Learn", "Try", "Library"):
            choose_tab(page, tab)
            if tab == "Try":
                drop(page, "#try-photos", untouched_photo(tmp_path / "sitter.jpg"))
                page.locator("#try-slider .pa-after[src]").wait_for()
            folds = page.locator("button.label-wrap:not(.open):visible")
            while folds.count():
                fold = folds.first.element_handle()
                fold.click()
                page.wait_for_function("(fold) => fold.classList.contains('open')", arg=fold)
            if tab == "Library":  # until they are there, Gradio's empty place has an attribute that it must not have
                page.locator("#comparison img").nth(1).wait_for()
            page.wait_for_function(_IS_STILL)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{tab} is wider than the screen"
            result = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
            for violation in result["violations"]:
                if violation["impact"] in ("serious", "critical") and violation["id"] not in OF_GRADIO:
                    found[f"{tab}: {violation['id']}"] = [node["html"][:160] for node in violation["nodes"][:3]]
        assert found == {}
