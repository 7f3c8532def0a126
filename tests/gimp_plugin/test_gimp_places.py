"""GIMP's folders on made-up computers of every system."""

from pathlib import Path

import pytest
from portrait_atelier.core.errors import GimpError
from portrait_atelier.gimp_plugin.install import choose_places
from portrait_atelier.gimp_plugin.places import (
    Computer,
    GimpPlace,
    find_places,
    has_flatpak,
    has_snap,
    place_of,
    snap_run_folder,
)


def computer(tmp_path: Path, platform: str = "linux", **environment: str) -> Computer:
    return Computer(platform=platform, home=tmp_path / "home", environment=environment, root=tmp_path)


def made(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def test_linux_has_one_folder_for_each_version(tmp_path):
    settings = tmp_path / "home/.config/GIMP"
    for version in ("2.10", "2.99", "3.0", "3.1", "3.2", "3.10"):
        made(settings / version)
    found = find_places(computer(tmp_path))
    assert {place.version: place.folder for place in found} == {
        version: settings / version for version in ("3.0", "3.2", "3.10")
    }
    assert found[0].plug_ins == settings / "3.0" / "plug-ins"


def test_linux_follows_xdg_config_home(tmp_path):
    made(tmp_path / "home/.config/GIMP/3.0")
    chosen = made(tmp_path / "elsewhere/GIMP/3.2")
    found = find_places(computer(tmp_path, XDG_CONFIG_HOME=str(tmp_path / "elsewhere")))
    assert found == [GimpPlace("3.2", chosen)]


def test_gimp3_directory_is_a_folder_of_its_own(tmp_path):
    own = made(tmp_path / "mine")
    usual = made(tmp_path / "home/.config/GIMP/3.0")
    found = find_places(computer(tmp_path, GIMP3_DIRECTORY=str(own)))
    assert found == [GimpPlace("3", own), GimpPlace("3.0", usual)]
    same = find_places(computer(tmp_path, GIMP3_DIRECTORY=str(usual)))
    assert same == [GimpPlace("3.0", usual)]
    relative = find_places(computer(tmp_path, GIMP3_DIRECTORY="../mine"))
    assert [place.folder.resolve() for place in relative] == [own, usual], "seen from the home folder, as GIMP does"


def test_macos_looks_into_application_support(tmp_path):
    folder = made(tmp_path / "home/Library/Application Support/GIMP/3.0")
    made(tmp_path / "home/.config/GIMP/3.2")
    assert find_places(computer(tmp_path, "darwin")) == [GimpPlace("3.0", folder)]


@pytest.mark.parametrize("named", [True, False])
def test_windows_looks_into_roaming_application_data(tmp_path, named):
    folder = made(tmp_path / "home/AppData/Roaming/GIMP/3.2")
    environment = {"APPDATA": str(tmp_path / "home/AppData/Roaming")} if named else {}
    assert find_places(computer(tmp_path, "win32", **environment)) == [GimpPlace("3.2", folder)]


def test_a_gimp_of_the_microsoft_store_has_a_folder_of_its_own(tmp_path):
    local = tmp_path / "home/AppData/Local"
    folder = made(local / "Packages/GIMP.43237F745622_a1b2/LocalCache/Roaming/GIMP/3.0")
    usual = made(tmp_path / "home/AppData/Roaming/GIMP/3.2")
    found = find_places(computer(tmp_path, "win32", LOCALAPPDATA=str(local)))
    assert found == [GimpPlace("3.2", usual), GimpPlace("3.0", folder, "store")]
    assert found[1].label == "GIMP 3.0 (Microsoft Store)"


def test_two_names_of_one_folder_are_one_gimp(tmp_path):
    folder = made(tmp_path / "home/.config/GIMP/3.0")
    flatpaks = made(tmp_path / "home/.var/app/org.gimp.GIMP/config")
    (flatpaks / "GIMP").symlink_to(folder.parent)
    assert find_places(computer(tmp_path)) == [GimpPlace("3.0", folder)]


def test_a_snap_keeps_its_settings_in_a_folder_of_its_own(tmp_path):
    folder = made(tmp_path / "home/snap/gimp/current/.config/GIMP/3.0")
    made(tmp_path / "snap/gimp")
    here = computer(tmp_path)
    place = find_places(here)[0]
    assert (place, place.label) == (GimpPlace("3.0", folder, "snap"), "GIMP 3.0 (Snap)")
    assert has_snap(here)
    assert not has_snap(computer(tmp_path, "darwin"))
    assert snap_run_folder(here) == tmp_path / "home/snap/gimp/common/portrait-atelier"


def test_a_flatpak_may_keep_its_settings_in_a_folder_of_its_own(tmp_path):
    folder = made(tmp_path / "home/.var/app/org.gimp.GIMP/config/GIMP/3.0")
    assert find_places(computer(tmp_path)) == [GimpPlace("3.0", folder, "flatpak")]


@pytest.mark.parametrize("where", ["home/.local/share/flatpak", "var/lib/flatpak"])
def test_a_flatpak_is_recognised_for_one_user_and_for_all(tmp_path, where):
    here = computer(tmp_path)
    assert not has_flatpak(here)
    made(tmp_path / where / "app/org.gimp.GIMP")
    assert has_flatpak(here)


def test_a_folder_that_is_named_tells_version_and_sandbox(tmp_path):
    here = computer(tmp_path)
    snap = tmp_path / "home/snap/gimp/current/.config/GIMP/3.2"
    assert place_of(snap, here) == GimpPlace("3.2", snap, "snap")
    assert place_of(tmp_path / "portable", here) == GimpPlace("3", tmp_path / "portable")


def test_without_gimp_the_message_names_where_was_looked_and_what_to_do(tmp_path):
    made(tmp_path / "home/.config/GIMP/2.10")
    with pytest.raises(GimpError, match=r"no GIMP 3 was found.*\.config/GIMP.*start GIMP 3 once"):
        choose_places(None, computer(tmp_path))
    with pytest.raises(GimpError, match="is no folder"):
        choose_places(tmp_path / "nowhere", computer(tmp_path))
