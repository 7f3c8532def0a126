"""Make `trust.safetensors`: what photos tell of how near a style read from them comes.

python weights/make_trust.py FOLDER... --films FILMS.npz -o RUN [--folders NUMBER] [--bias NUMBER]

FOLDER holds untouched portraits, one kind in each, FOLDER:N for the first N by name; FILMS are color tables, as
`atelier pretrain` takes them. What was measured stays in the folder RUN, so that a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from portrait_atelier.core.estimation.set_model import load_set_model
from portrait_atelier.core.pretraining.look.looks import LookLibrary, read_films
from portrait_atelier.core.pretraining.look.people import People, read_people
from portrait_atelier.core.pretraining.trust.fit import fit_trust, left_out
from portrait_atelier.core.pretraining.trust.folders import FolderCase, simulate
from safetensors.numpy import load_file, save_file

NUM_FOLDERS = 1080
BIAS = -0.12  # added to the logarithm of the distance: see the card
_NUM_LOOKS = 1000  # random ones, and as many mixtures of films
_HELD_OUT = 0.1  # of the people; they are not used
_KEPT_EVERY = 20
_HERE = Path(__file__).parent


def people_of(folders: Sequence[str], kept: Path) -> People:
    """Read portraits, or those of an earlier run."""
    if not kept.exists():
        people, _ = read_people(folders, _HELD_OUT)
        arrays = {"pixels": people.pixels.numpy(), "regions": people.regions.numpy()}
        save_file({**arrays, "ends": np.cumsum([len(kind) for kind in people.kinds])}, kept)
    found = load_file(kept)
    parts = [np.split(found[name], found["ends"][:-1]) for name in ("pixels", "regions")]
    return People.gather(list(zip(*parts, strict=True)))


def cases_of(folders: Sequence[str], films: Sequence[Path], run: Path, count: int) -> list[FolderCase]:
    """Simulate folders, after those of an earlier run."""
    kept = run / "folders.safetensors"
    cases = _read(kept) if kept.exists() else []
    if len(cases) >= count:
        return cases[:count]
    people, model = people_of(folders, run / "people.safetensors"), load_set_model()
    torch.manual_seed(0)
    tables = np.concatenate([read_films(path) for path in films])
    looks = LookLibrary.make(tables, num_procedural=_NUM_LOOKS, num_mixed=_NUM_LOOKS)
    for seed in range(len(cases), count):
        cases.append(simulate(seed, people, looks, model))
        if len(cases) % _KEPT_EVERY == 0 or len(cases) == count:
            names = ("evidence", "truth", "untouched", "second")
            save_file({name: np.array([getattr(case, name) for case in cases]) for name in names}, kept)
            print(f"folder {len(cases)} of {count}", flush=True)
    return cases


def _read(kept: Path) -> list[FolderCase]:
    found = load_file(kept)
    rows = zip(found["evidence"], found["truth"], found["untouched"], found["second"], strict=True)
    return [
        FolderCase(evidence, float(truth), float(before), float(second)) for evidence, truth, before, second in rows
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the file that the package ships."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("portraits", nargs="+", help="FOLDER or FOLDER:COUNT of untouched portraits, one for each kind")
    parser.add_argument("--films", type=Path, action="append", required=True, help="npz of color tables")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the run")
    parser.add_argument("--folders", type=int, default=NUM_FOLDERS)
    parser.add_argument("--bias", type=float, default=BIAS)
    parser.add_argument("--ship", type=Path, default=_HERE / "trust.safetensors", help="where the result goes")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)
    cases = cases_of(options.portraits, options.films, options.output, options.folders)
    evidence, truths = np.array([case.evidence for case in cases]), np.array([case.truth for case in cases])
    save_file(fit_trust(evidence, truths, bias=options.bias), options.ship)
    left = left_out(evidence, truths)
    ranks = [np.argsort(np.argsort(values)) for values in (left, truths)]
    print(f"{len(cases)} folders, left out in turn: Spearman {np.corrcoef(ranks[0], ranks[1])[0, 1]:.3f}, ", end="")
    print(f"deviation of the logarithm {np.std(np.log(truths) - left):.3f} of {np.log(truths).std():.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
