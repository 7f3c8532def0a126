"""Large layers restyled twice in one GIMP: seconds of each call; the plug-in says where they go (ATELIER_DEBUG)."""

import json
import sys

from inside import emit, photo, reported, restyle


def timed() -> None:
    with open("/tmp/speed.json", encoding="utf-8") as file:
        width, height, precisions = json.load(file)
    for precision in precisions:
        image, layer = photo(width, height, precision=precision)
        for number in (1, 2, 3):
            sys.stderr.write(f"portrait-style: call {precision} {number}\n")
            ended = restyle(image, [layer])
            emit("speed", precision=precision, number=number, **ended)
        image.delete()


if __name__ == "__main__":
    reported(timed)
