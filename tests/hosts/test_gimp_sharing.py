"""A learnt style that is given to somebody else: its file saved in one GIMP, opened, kept and used in another's."""

from pathlib import Path

import gimp_cells
import pytest
from gimp_host import GimpHost
from portrait_atelier.core.styles.style_file import load_style

pytestmark = pytest.mark.gimp


@pytest.fixture
def colleague(gimp: GimpHost, tmp_path: Path) -> GimpHost:
    """The same GIMP with a home folder of its own: nothing of the other user is there."""
    host = GimpHost(gimp.root, tmp_path)
    host.prepare()
    done = host.atelier("gimp", "install")
    assert done.returncode == 0, done.stdout + done.stderr
    return host


def test_a_style_that_was_learnt_is_opened_kept_and_used_by_somebody_else(gimp: GimpHost, colleague: GimpHost):
    for host in (gimp, colleague):
        gimp_cells.write_picture(host.tmp)
    gimp_cells.write_photos(gimp.tmp / "photos")
    gimp.forget_last_values()
    (line,) = gimp.python("share.py", driver="share_user.py", timeout=400).check().of("shared")
    assert line["learnt"] == "success", line["message"]
    assert load_style(gimp.tmp / "shared.safetensors").name == "Shared Look"
    (colleague.tmp / "shared.safetensors").write_bytes((gimp.tmp / "shared.safetensors").read_bytes())
    (line,) = colleague.python("receive.py", driver="receive_user.py", timeout=400).check().of("received")
    assert line["status"] == "success", line["message"]
    assert line["layers"] == ["Shared Look 100%", "photo"]
    assert "Shared Look" not in line["before"]
    assert line["after"] == sorted([*line["before"], "Shared Look"], key=str.lower)
