"""The plug-in put into made-up folders of GIMP, and taken out again."""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from portrait_atelier.core.errors import GimpError
from portrait_atelier.core.worker.messages import PROTOCOL
from portrait_atelier.gimp_plugin import install
from portrait_atelier.gimp_plugin.install import install_plugin, installed_plugin, plugin_source, uninstall_plugin
from portrait_atelier.gimp_plugin.manifest import Manifest, read_manifest, write_manifest
from portrait_atelier.gimp_plugin.places import Computer, GimpPlace
from portrait_atelier.gimp_plugin.visibility import problems_of, was_loaded

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def here(tmp_path: Path) -> Computer:
    return Computer(platform="linux", home=tmp_path, environment={}, root=tmp_path)


@pytest.fixture
def place(tmp_path: Path) -> GimpPlace:
    (tmp_path / ".config/GIMP/3.0").mkdir(parents=True)
    return GimpPlace("3.0", tmp_path / ".config/GIMP/3.0")


def files_of(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_whole_plug_in_is_there_with_run_bit_and_record(place, here):
    folder = install_plugin(place, here)
    assert folder == place.folder / "plug-ins/portrait_style"
    assert files_of(folder) == files_of(plugin_source()) | {"installation.json"}
    assert os.access(folder / "portrait_style.py", os.X_OK)
    manifest = json.loads((folder / "installation.json").read_text())
    assert manifest["python"] == sys.executable
    assert manifest["protocol"] == PROTOCOL
    assert set(manifest) == {"python", "version", "protocol"}
    assert problems_of(place, here) == []
    assert [path.name for path in place.folder.iterdir()] == ["plug-ins"]  # nothing half-written beside it


def test_an_older_one_of_ours_is_replaced_as_a_whole(place, here):
    folder = install_plugin(place, here)
    (folder / "left_over.py").write_text("")
    write_manifest(Manifest("/old/python", "0.1", 0), folder)
    install_plugin(place, here)
    assert "left_over.py" not in files_of(folder)
    assert read_manifest(folder) != Manifest("/old/python", "0.1", 0)


@pytest.mark.parametrize("manifest", [None, "[]", '{"python": 3, "version": "1", "protocol": 1}'])
def test_a_strangers_folder_of_that_name_stays_unless_overwritten(place, here, manifest):
    folder = installed_plugin(place)
    folder.mkdir(parents=True)
    (folder / "theirs.py").write_text("theirs")
    if manifest is not None:
        (folder / "installation.json").write_text(manifest)
    with pytest.raises(GimpError, match="not installed by atelier; move it away, or add --overwrite"):
        install_plugin(place, here)
    with pytest.raises(GimpError, match="was not installed by atelier, and stays"):
        uninstall_plugin(place)
    assert (folder / "theirs.py").read_text() == "theirs"
    install_plugin(place, here, overwrite=True)
    assert files_of(folder) == files_of(plugin_source()) | {"installation.json"}


def test_a_link_to_a_folder_elsewhere_is_not_ours_and_what_it_points_at_stays(place, here, tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    write_manifest(Manifest(sys.executable, "1", 1), theirs)
    place.plug_ins.mkdir()
    installed_plugin(place).symlink_to(theirs)
    with pytest.raises(GimpError, match="not installed by atelier"):
        install_plugin(place, here)
    install_plugin(place, here, overwrite=True)
    assert not installed_plugin(place).is_symlink()
    assert files_of(theirs) == {"installation.json"}


def test_what_fails_half_way_leaves_the_plug_in_of_before(place, here, monkeypatch):
    folder = install_plugin(place, here)
    (folder / "of_before").write_text("")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(install, "write_manifest", full)
    with pytest.raises(GimpError, match=r"cannot be written \(no space left on device\); check the free space"):
        install_plugin(place, here)
    assert (folder / "of_before").exists()
    assert [path.name for path in place.folder.iterdir()] == ["plug-ins"]


def test_what_cannot_get_its_name_leaves_the_plug_in_of_before(place, here, monkeypatch):
    folder = install_plugin(place, here)
    (folder / "of_before").write_text("")
    rename = os.replace

    def refuses_the_new(source: Path, target: Path) -> None:
        if Path(target) == folder and (Path(source) / "of_before").exists() is False:
            raise PermissionError(13, "Permission denied")
        rename(source, target)

    monkeypatch.setattr(os, "replace", refuses_the_new)
    with pytest.raises(GimpError, match="permission denied"):
        install_plugin(place, here)
    assert (folder / "of_before").exists()
    assert [path.name for path in place.folder.iterdir()] == ["plug-ins"]


def test_uninstall_takes_out_what_install_put_in(place, here):
    assert uninstall_plugin(place) is None
    folder = install_plugin(place, here)
    assert uninstall_plugin(place) == folder
    assert list(place.folder.rglob("*")) == [place.plug_ins]


PRIVATE = r"C:\Users\me\AppData\Local\Packages\PythonSoftwareFoundation.Python.3.12_x\LocalCache\Roaming"


def written_to(monkeypatch, real: str) -> None:
    """Let Windows say that the plug-in's program lies elsewhere."""
    realpath = os.path.realpath

    def told(path, **strict):
        return real if Path(path).name == "portrait_style.py" else realpath(path, **strict)

    monkeypatch.setattr(install.os.path, "realpath", told)


def test_a_python_that_keeps_its_files_apart_from_gimp_is_told_and_what_was_there_stays(place, here, monkeypatch):
    on_windows = replace(here, platform="win32")
    before = files_of(install_plugin(place, on_windows))
    written_to(monkeypatch, PRIVATE + r"\GIMP\3.0\.portrait_style.1\portrait_style.py")
    (place.plug_ins / "portrait_style" / "mine.txt").touch()
    with pytest.raises(GimpError, match=r"apart from GIMP \(Microsoft Store\); install Python from python.org, and"):
        install_plugin(place, on_windows)
    assert files_of(place.folder / "plug-ins/portrait_style") == before | {"mine.txt"}
    assert [path.name for path in place.folder.iterdir()] == ["plug-ins"]
    install_plugin(place, here)


def test_a_gimp_of_the_microsoft_store_has_its_plug_in_in_its_own_private_folder(tmp_path, here, monkeypatch):
    folder = tmp_path / r"C:\Me\Packages\GIMP_a1\LocalCache\Roaming\GIMP" / "3.0"
    folder.mkdir(parents=True)
    written_to(monkeypatch, str(folder).replace("Packages", "packages") + r"\.portrait_style.1\portrait_style.py")
    assert install_plugin(GimpPlace("3.0", folder, "store"), replace(here, platform="win32")).is_dir()


def test_a_plug_in_of_a_snap_knows_where_its_worker_is_met(here, tmp_path):
    folder = tmp_path / "snap/gimp/current/.config/GIMP/3.0"
    folder.mkdir(parents=True)
    manifest = read_manifest(install_plugin(GimpPlace("3.0", folder, "snap"), here))
    assert manifest is not None
    assert manifest.run == str(tmp_path / "snap/gimp/common/portrait-atelier")


def test_what_gimp_would_pass_over_is_said(place, here):
    assert "is missing" in problems_of(place, here)[0]
    folder = install_plugin(place, here)
    (folder / "portrait_style.py").chmod(0o644)
    (place.folder / "gimprc").write_text('# (plug-in-path "/commented")\n(plug-in-path "/usr/lib/gimp:/opt/more")\n')
    run_bit, path = problems_of(place, here)
    assert "has no run bit" in run_bit
    assert f"GIMP does not look into {place.plug_ins}" in path


@pytest.mark.parametrize("setting", ["${gimp_dir}/plug-ins:${gimp_plug_in_dir}/plug-ins", "/x:FOLDER/plug-ins"])
def test_a_search_path_that_holds_the_folder_hinders_nothing(place, here, setting):
    install_plugin(place, here)
    (place.folder / "gimprc").write_text(f'(plug-in-path "{setting.replace("FOLDER", str(place.folder))}")\n')
    assert problems_of(place, here) == []


def test_gimps_own_list_tells_whether_it_was_loaded(place, here):
    folder = install_plugin(place, here)
    assert was_loaded(place) is None
    listing = place.folder / "pluginrc"
    listing.write_text('(plug-in-def "portrait_style.py" 1)')
    installed_at = (folder / "installation.json").stat().st_mtime
    os.utime(listing, (installed_at - 1, installed_at - 1))
    assert was_loaded(place) is None
    os.utime(listing, (installed_at + 1, installed_at + 1))
    assert was_loaded(place) is False
    listing.write_text('(plug-in-def "portrait_style.py" 1 (proc-def "plug-in-portrait-style" 1))')
    os.utime(listing, (installed_at + 1, installed_at + 1))
    assert was_loaded(place) is True


def test_the_wheel_carries_every_file_of_the_plug_in():
    text = (ROOT / "pyproject.toml").read_text()
    line = next(line for line in text.splitlines() if line.startswith('"portrait_atelier.gimp_plugin" = '))
    patterns = json.loads(line.split(" = ")[1])
    transported_lab = {path for pattern in patterns for path in (ROOT / "gimp_plugin").glob(pattern)}
    assert {path.relative_to(plugin_source()).as_posix() for path in transported_lab} == files_of(plugin_source())
    assert plugin_source() / "portrait_style.py" in transported_lab
