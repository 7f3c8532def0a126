"""GIMP started again, beside the worker of the GIMP that was killed."""

import json

from disturb import left_behind, worker
from inside import emit, photo, reported, restyle


def first_call() -> None:
    with open("/tmp/lines.jsonl", encoding="utf-8") as file:
        before = [json.loads(line) for line in file]
    left, number = left_behind(), worker()
    image, layer = photo(96, 80)
    ended = restyle(image, [layer])
    emit("after kill", left=left, same_worker=number == before[-1]["worker"] == worker(), **ended)


if __name__ == "__main__":
    reported(first_call)
