"""`atelier pretrain`."""

from pathlib import Path

import pytest
from people_material import portrait
from PIL import Image
from portrait_atelier.core.cli.commands import pretrain
from portrait_atelier.core.cli.commands.pretrain import PretrainRequest, run_pretrain
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.pretraining.look.looks import LookLibrary
from pretrain_material import SHORT, looks


def test_folders_become_a_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch):
    library = looks()
    monkeypatch.setattr(LookLibrary, "make", lambda films, **counts: library)
    monkeypatch.setattr(pretrain, "_HELD_OUT", 0.5)
    (tmp_path / "people").mkdir()
    for number in range(10):
        Image.fromarray((portrait(number) * 255).astype("uint8")).save(tmp_path / "people" / f"{number}.png")
    request = PretrainRequest((str(tmp_path / "people"),), tmp_path / "out", SHORT, device="cpu")
    run_pretrain(request)
    assert (tmp_path / "out" / "checkpoint.safetensors").exists()
    assert (tmp_path / "out" / "best.safetensors").exists()
    told = capsys.readouterr().out
    assert "step 4" in told
    assert "held out, untouched / plain transport / found:" in told
    with pytest.raises(AtelierError, match="a run is kept here; add --resume"):
        run_pretrain(request)
