"""Fixtures of the hosts: the real GIMP, ComfyUI, and the panel in a browser."""

from collections.abc import Generator, Iterator
from typing import Any

import gimp_host
import pytest


@pytest.fixture(
    scope="session", params=gimp_host.gimp_roots() or [None], ids=lambda root: root.name if root else "none"
)
def gimp(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> gimp_host.GimpHost:
    """The real GIMP of each tree in GIMP_ROOT, with the plug-in put in by the command line."""
    reason = gimp_host.why_not()
    if reason:
        pytest.skip(reason)
    host = gimp_host.GimpHost(request.param, tmp_path_factory.mktemp("gimp"))
    host.prepare()
    done = host.atelier("gimp", "install")
    assert done.returncode == 0, done.stdout + done.stderr
    return host


@pytest.fixture(scope="session")
def comfy_pack(tmp_path_factory: pytest.TempPathFactory):
    """The pack, loaded into this process as ComfyUI does."""
    from comfy_host import comfyui_path, load_pack

    return load_pack(comfyui_path(), tmp_path_factory.mktemp("comfy"))


@pytest.fixture
def nodes(comfy_pack) -> Iterator[dict]:
    """The nodes by their ids, run as ComfyUI runs them: in inference mode."""
    import torch
    from comfy_host import node_list

    with torch.inference_mode():
        yield node_list(comfy_pack)


@pytest.fixture(scope="session")
def comfy_server(tmp_path_factory: pytest.TempPathFactory):
    """A ComfyUI server with photos in its input folder."""
    from comfy_host import Server, comfyui_path
    from comfy_material import fill_input

    path, base = comfyui_path(), tmp_path_factory.mktemp("server")
    fill_input(base / "input")
    server = Server(path, base)
    yield server
    server.close()


@pytest.fixture(scope="session")
def panel_server(tmp_path_factory: pytest.TempPathFactory):
    """A panel in a process of its own, for all tests that see it in a browser."""
    from panel_server import Server, find_browser

    find_browser()
    server = Server(tmp_path_factory.mktemp("panel"))
    server.start()
    yield server
    server.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo) -> Generator[None, Any, Any]:
    """What fails at a panel tells what the panel said, and how its trainings stand."""
    report = yield
    server = getattr(item, "funcargs", {}).get("panel_server")
    if report.failed and server is not None:
        report.sections += [("log of the panel", server.log()), ("its trainings", server.trainings())]
    return report


@pytest.fixture(scope="module")
def panel_browser(panel_server):
    """A headless browser; it has an event loop in this thread, so it must not outlive the tests that need it."""
    from panel_server import chromium, find_browser

    with chromium(find_browser()) as browser:
        yield browser


@pytest.fixture
def page(panel_server, panel_browser):
    """The panel's page, opened; it may reach nothing else."""
    from panel_server import open_panel, shut_in

    with shut_in(panel_browser, panel_server) as page:
        open_panel(page, panel_server)
        yield page


@pytest.fixture
def attempt(page):
    """The page with its Try tab chosen and filled."""
    from panel_server import choose_tab

    choose_tab(page, "Try")
    page.locator("#try-gallery").get_by_label("cool-cinema", exact=True).wait_for()
    return page
