"""Started from a shell with an active virtual environment, from its desktop file, at a home with spaces and umlauts."""

import shlex
import shutil
import sys

import numpy as np
import pytest
from gimp_host import GIMPRC, GimpHost, GimpRun
from portrait_atelier.core.imaging.files.reading import read_photo
from portrait_atelier.core.imaging.files.writing import write_photo
from portrait_atelier.core.imaging.photo import Photo
from portrait_atelier.core.styles.cover import astronaut

pytestmark = pytest.mark.gimp
HOMES = ("/tmp/simple", "/tmp/Zuhause mit Ümlaut")
_WITHOUT_GI = '#!/bin/sh\nexec {python} -S -E "$@"\n'
_STARTS = """
rm -rf /tmp/.X7-lock /tmp/.X11-unix
Xvfb :7 -screen 0 1200x900x24 -nolisten tcp > /tmp/xvfb.log 2>&1 & display=$!
for _ in $(seq 1200); do [ -e /tmp/.X11-unix/X7 ] && break; sleep 0.05; done
desktop=$(sed -n 's/^Exec=\\([^ ]*\\).*/\\1/p' /usr/share/applications/gimp.desktop | head -n 1)
own="XDG_RUNTIME_DIR=/tmp/run NO_AT_BRIDGE=1 LANG=C.UTF-8 OMP_NUM_THREADS=1"
venv="VIRTUAL_ENV=/tmp/venv PATH=/tmp/venv/bin:/usr/bin:/bin"
start() {{  # HOW NUMBER ENVIRONMENT...: restyles portrait.png to HOW-NUMBER.png, by the one interpreter that is sure
  out=/tmp/$1-$2.png; shift 2
  env -i $own "$@" --no-fonts --quit --batch-interpreter=plug-in-script-fu-eval -b "(begin (script-fu-use-v3)
    (let ((image (gimp-file-load RUN-NONINTERACTIVE \\"/tmp/portrait.png\\")))
      (plug-in-portrait-style #:run-mode RUN-NONINTERACTIVE #:image image #:drawables (gimp-image-get-layers image)
        #:style \\"golden-hour\\")
      (gimp-file-save RUN-NONINTERACTIVE image \\"$out\\")))"
}}
number=0
for home in {homes}; do
  env -i $own $venv HOME="$home" PYTHONPATH={path} {python} -m portrait_atelier.core.cli gimp install || exit 3
  start venv $number $venv HOME="$home" gimp-console -n -i -d
  start desktop $number PATH=/usr/local/bin:/usr/bin:/bin DISPLAY=:7 HOME="$home" $desktop -n -s
  number=$((number + 1))
done
env -i $own $venv HOME={last} PYTHONPATH={path} {python} -m portrait_atelier.core.cli gimp status
code=$?
sed -i '1s|.*|#!/usr/bin/env python3|' {last}/.config/GIMP/$VERSION/plug-ins/portrait_style/portrait_style.py
env -i $own $venv HOME={last} PYTHONPATH={path} {python} -m portrait_atelier.core.cli gimp status
kill $display
exit $code
"""


@pytest.fixture(scope="module")
def run(gimp: GimpHost) -> GimpRun:
    photo = Photo(np.ascontiguousarray(astronaut().pixels[:120, 150:300]))
    write_photo(photo, gimp.tmp / "portrait.png", overwrite=True)
    folder = gimp.tmp / "venv"
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "bin").mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text("")
    for name in ("python3", "python"):
        (folder / "bin" / name).write_text(_WITHOUT_GI.format(python=sys.executable))
        (folder / "bin" / name).chmod(0o755)
    for home in HOMES:
        config = gimp.tmp / home.removeprefix("/tmp/") / ".config/GIMP" / gimp.version
        config.mkdir(parents=True, exist_ok=True)
        (config / "gimprc").write_text(GIMPRC.format(version=gimp.full_version))
    quoted = {
        "homes": " ".join(map(shlex.quote, HOMES)),
        "last": shlex.quote(HOMES[-1]),
        "python": shlex.quote(sys.executable),
        "path": shlex.quote(":".join(path for path in sys.path if path)),
    }
    return gimp.shell(f"VERSION={gimp.version}\n{_STARTS.format(**quoted)}")


@pytest.mark.parametrize("how", ["venv", "desktop"])
@pytest.mark.parametrize("home", HOMES)
def test_the_plug_in_is_there_and_works(run: GimpRun, how: str, home: str):
    result = run.check().tmp / f"{how}-{HOMES.index(home)}.png"
    assert result.exists(), run.output[-3000:]
    before, after = (read_photo(path).pixels[..., :3].astype(int) for path in (run.tmp / "portrait.png", result))
    assert np.abs(after - before).mean() > 3


def test_status_is_content_and_names_the_environment_where_the_first_line_is_as_it_was(run: GimpRun):
    said = run.check().output
    assert "GIMP shows it: Filters > Portrait Atelier > Portrait Style…" in said
    assert "runs it by /tmp/venv/bin/python3 (a virtual environment that is active?), which has no gi" in said
