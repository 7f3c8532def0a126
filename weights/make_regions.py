"""Make regions.onnx of what the training of regions kept as best.

python weights/make_regions.py RUN/best.safetensors

It needs the packages of the extra `train`; using regions.onnx does not.
"""

from __future__ import annotations

import argparse
import warnings
from pathlib import Path

import torch
from portrait_atelier.core.learning.checkpoint import load_checkpoint
from portrait_atelier.core.networks.region_net import ExportedRegions, RegionNet, num_parameters
from portrait_atelier.core.networks.regions import INPUT_SIZE

OUTPUT = Path(__file__).resolve().parent / "regions.onnx"
OPSET = 17  # OpenCV 4.10 and 5 read it


def export(network: RegionNet, path: Path) -> None:
    """Write a network, its batch norms folded into its convolutions, with a sigmoid at its end."""
    exported = ExportedRegions(network).eval()
    photos = torch.rand(1, 3, INPUT_SIZE, INPUT_SIZE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the older exporter, whose files both OpenCVs read, and of its tracing
        torch.onnx.export(
            exported,
            (photos,),
            path,
            input_names=["photos"],
            output_names=["regions"],
            opset_version=OPSET,
            dynamo=False,
        )


def main() -> None:
    """Write the network that the package ships, and say its size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("best", type=Path)
    options = parser.parse_args()
    tensors, facts = load_checkpoint(options.best)
    network = RegionNet(tuple(facts["settings"]["widths"]))
    network.load_state_dict(tensors)
    export(network, OUTPUT)
    size = OUTPUT.stat().st_size / 1e6
    print(f"{OUTPUT}: step {facts['step']}, {num_parameters(network):,} parameters, {size:.2f} MB")


if __name__ == "__main__":
    main()
