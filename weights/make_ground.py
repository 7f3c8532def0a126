"""Train `ground.safetensors` on the set network: python weights/make_ground.py FOLDER... -o RUN [--films FILE]..."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from portrait_atelier.core.errors import AtelierError
from portrait_atelier.core.pretraining.look.ground_run import GroundRun, GroundStatus, pretrain_ground
from portrait_atelier.core.pretraining.look.ground_trainer import GroundSettings
from portrait_atelier.core.pretraining.look.looks import LookLibrary, read_films
from portrait_atelier.core.pretraining.look.people import read_people
from portrait_atelier.core.pretraining.look.run import BEST

_HELD_OUT = 0.12  # share of the people of each kind
_SAY_EVERY = 100  # steps
_HERE = Path(__file__).parent


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, and write the file that the package ships."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("folders", nargs="+", help="untouched portraits, one kind a folder; FOLDER:N is N photos")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the run")
    parser.add_argument("--films", type=Path, action="append", default=[], help="color tables of films, npz")
    parser.add_argument("--choosing-films", type=Path, help="color tables of other films, to choose by")
    parser.add_argument("--start", type=Path, help="a trained ground network to begin with, instead of random weights")
    parser.add_argument("--rate", type=float, default=GroundSettings().learning_rate, help="peak learning rate")
    parser.add_argument("--steps", type=int, default=GroundSettings().num_steps)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--resume", action="store_true", help="go on where an earlier run stopped")
    parser.add_argument("--ship", type=Path, default=_HERE / "ground.safetensors", help="where the result goes")
    options = parser.parse_args(arguments)
    try:
        for status in pretrain_ground(_run(options), resume=options.resume):
            _say(status)
        options.ship.write_bytes((options.output / BEST).read_bytes())
    except (AtelierError, OSError) as error:
        parser.exit(1, f"{error}\n")
    print(options.ship)
    return 0


def _run(options: argparse.Namespace) -> GroundRun:
    people, held_out = read_people(options.folders, _HELD_OUT)
    torch.manual_seed(0)
    none = np.zeros((0, 17, 17, 17, 3), np.float32)
    films = np.concatenate([none, *(read_films(path) for path in options.films)])
    choosing = none if options.choosing_films is None else read_films(options.choosing_films)
    looks = LookLibrary.make(films, num_procedural=4000, num_mixed=2500)
    others = LookLibrary.make(choosing, num_procedural=200, num_mixed=100)
    settings, base = GroundSettings(num_steps=options.steps, learning_rate=options.rate), _HERE / "set.safetensors"
    return GroundRun(options.output, base, people, held_out, looks, others, settings, options.device, options.start)


def _say(status: GroundStatus) -> None:
    if status.scores is None and status.step % _SAY_EVERY:
        return
    terms = "  ".join(f"{name} {value:.3f}" for name, value in status.terms.items())
    print(f"step {status.step}  {status.seconds:.0f} s  {terms}", flush=True)
    if status.scores is not None:
        parts = [f"{base:.2f} -> {found:.2f}" for base, found in status.scores]
        print(f"  apart {parts[0]}, alike {parts[1]}, best {status.best_score:.4f}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
