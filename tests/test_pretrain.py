"""`atelier pretrain`."""

from pathlib import Path

import pytest
from base_material import made_up_people
from PIL import Image
from portrait_atelier.core.commands.pretrain import run_pretrain
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.learning.base_settings import BaseSettings


def test_folders_become_a_checkpoint(tmp_path: Path, capsys: pytest.CaptureFixture):
    (tmp_path / "people").mkdir()
    (tmp_path / "masks").mkdir()
    people = made_up_people((20,), masks=True)
    assert people.subjects is not None
    for number, (photo, mask) in enumerate(zip(people.large, people.subjects, strict=True)):
        Image.fromarray(photo).save(tmp_path / "people" / f"{number}.png")
        Image.fromarray(mask).save(tmp_path / "masks" / f"{number}.png")
    settings = BaseSettings(num_steps=1, num_sets=1, num_choosing_sets=1, held_out_share=0.4)
    folders = [str(tmp_path / "people")]
    given = {"masks": [tmp_path / "masks"], "settings": settings, "resume": False, "device": "cpu", "processes": 0}
    run_pretrain(folders, tmp_path / "out", **given)
    assert (tmp_path / "out" / "checkpoint.safetensors").exists()
    told = capsys.readouterr().out
    assert "step 1" in told
    assert "held out:" in told
    with pytest.raises(AtelierError, match="a run is kept here; add --resume"):
        run_pretrain(folders, tmp_path / "out", **given)
