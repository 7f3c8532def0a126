"""What the panel's page costs while nothing happens, and how soon dropped photos give a style with its score.

    python benchmarks/panel_page.py [--photos FOLDER] [--seconds 60] [--rounds 3]

Needs the extras `panel` and `dev`, and Chromium. Without --photos it takes ten parts of one portrait.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "hosts"))
from panel_server import Server, chromium, drop, find_browser, finished_photos, open_panel, shut_in

_SETTLING = 40.0  # seconds after which an opened page is idle: kernels are loaded, pictures drawn


def cpu_seconds(processes: Sequence[psutil.Process]) -> float:
    """CPU time of processes so far, those that ended meanwhile not counted."""
    spent = 0.0
    for process in processes:
        try:
            times = process.cpu_times()
        except psutil.Error:
            continue
        spent += times.user + times.system
    return spent


def idle_shares(server: Server, seconds: float) -> tuple[float, float]:
    """Shares of a core that the server and the browser use, with one page open that nobody touches."""
    assert server.process is not None
    own = psutil.Process(server.process.pid)
    panel = [own, *own.children(recursive=True)]
    browsers = [process for process in psutil.Process().children(recursive=True) if "chrom" in process.name()]
    before, started = (cpu_seconds(panel), cpu_seconds(browsers)), time.perf_counter()
    time.sleep(seconds)
    spent = time.perf_counter() - started
    return (cpu_seconds(panel) - before[0]) / spent, (cpu_seconds(browsers) - before[1]) / spent


def seconds_to_result(page: object, photos: Sequence[Path], name: str) -> tuple[float, float]:
    """Seconds from the drop to the checked photos, and from there to the style with its score and pictures."""
    started = time.perf_counter()
    drop(page, "#photos", *photos)
    page.locator("#check .pa-big").get_by_text(f"{len(photos)} photos").wait_for()
    checked = time.perf_counter()
    page.fill("#name input, #name textarea", name)
    page.click("#start")
    page.locator("#training-status h3").get_by_text(name, exact=True).wait_for()
    page.locator("#report .pa-card").wait_for()
    page.locator("#samples img").nth(1).wait_for()
    return checked - started, time.perf_counter() - checked


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, help="folder of JPEG photos in one look")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        photos = sorted(given.photos.glob("*.jpg")) if given.photos else finished_photos(Path(folder) / "photos")
        server = Server(Path(folder) / "panel")
        server.start()
        try:
            with chromium(find_browser()) as browser, shut_in(browser, server) as page:
                open_panel(page, server)
                page.wait_for_timeout(1000 * _SETTLING)
                panel, drawn = idle_shares(server, given.seconds)
                print(f"load {psutil.getloadavg()[0]:.1f}; idle for {given.seconds:.0f} s, shares of one core:")
                print(f"  server {panel:.2%}, browser {drawn:.2%}")
            waits = []
            for number in range(given.rounds):
                with chromium(find_browser()) as browser, shut_in(browser, server) as page:
                    open_panel(page, server)
                    waits.append(seconds_to_result(page, photos, f"round {number}"))
                    page.click("#stop")
                    page.locator("#training-status [role=status]").get_by_text("done").wait_for()
                checked, made = waits[-1]
                print(f"  {len(photos)} photos: checked after {checked:.1f} s, style and score {made:.1f} s later")
            if waits:
                print(f"  median from the drop to the result: {median(sum(both) for both in waits):.1f} s")
        finally:
            server.end()


if __name__ == "__main__":
    main()
