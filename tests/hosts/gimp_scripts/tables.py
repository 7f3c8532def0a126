"""Color tables given to layers of 8 bits and of 32, and what a dialog-less call with no table says."""

from gi.repository import Gimp
from inside import call, emit, fill, look, new_image, new_layer, read, reported

TABLE = "plug-in-portrait-color-table"
SIZE = (96, 64)


def apply_table(image, layer, **arguments) -> dict:
    return call(TABLE, run_mode=Gimp.RunMode.NONINTERACTIVE, image=image, drawables=[layer], **arguments)


def tables() -> None:
    with open("/tmp/sample.f32", "rb") as file:
        pixels = file.read()
    for precision in ("U8_NON_LINEAR", "FLOAT_NON_LINEAR"):
        for table in ("film.png", "film.cube"):
            image = new_image(*SIZE, precision=precision)
            layer = new_layer(image, *SIZE)
            fill(layer, pixels)
            ended = apply_table(image, layer, table=f"/tmp/{table}")
            new = image.get_layers()[0]
            for name, drawable in (("before", layer), ("after", new)):
                with open(f"/tmp/{precision}-{table}-{name}.f32", "wb") as file:
                    file.write(read(drawable))
            names = [one["name"] for one in look(image)]
            emit("table", table=table, precision=precision, message=ended["message"], names=names)
    for wrong in ("", "/tmp/no.cube", "/tmp/photo.png", "/tmp/picture.json"):
        ended = apply_table(image, layer, table=wrong)
        emit("wrong", table=wrong, status=ended["status"], message=ended["message"])


if __name__ == "__main__":
    reported(tables)
