"""Make base.safetensors of what `atelier pretrain` kept as best: half precision, and how far it is trusted in use.

python weights/make_base.py RUN/best.safetensors --color-gain 1 --gray-gain 0.5
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from portrait_atelier.core.learning.checkpoint import load_checkpoint, save_checkpoint
from portrait_atelier.core.styles.base_model import BaseModel

OUTPUT = Path(__file__).resolve().parent / "base.safetensors"


def main() -> None:
    """Write the base model that the package ships, and say its hash."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("best", type=Path)
    parser.add_argument("--color-gain", type=float, default=1.0)
    parser.add_argument("--gray-gain", type=float, default=1.0)
    options = parser.parse_args()
    tensors, facts = load_checkpoint(options.best)
    tensors["gains"] = torch.tensor([options.color_gain, options.gray_gain])
    half = {name: value.half() if value.is_floating_point() else value for name, value in tensors.items()}
    save_checkpoint(OUTPUT, half, {"step": facts["step"], "scores": facts["scores"], "settings": facts["settings"]})
    print(f"{OUTPUT}: {OUTPUT.stat().st_size / 1e6:.2f} MB, hash {BaseModel.read(OUTPUT).hash}")


if __name__ == "__main__":
    main()
