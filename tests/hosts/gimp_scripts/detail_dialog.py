"""The dialog with a part of a large layer at 100 %; what comes out is kept, for the test to find the part in it."""

from gi.repository import Gegl, Gimp
from inside import RESTYLE, call, emit, photo, reported, whole

SIZE = 1024


def restyle_in_dialog() -> None:
    image, layer = photo(512, 512)
    image.scale(SIZE, SIZE)
    ended = call(RESTYLE, run_mode=Gimp.RunMode.INTERACTIVE, image=image, drawables=[layer], style="silver-gelatin")
    new = image.get_layers()[0]
    pixels = new.get_buffer().get(whole(new), 1.0, "R'G'B' u8", Gegl.AbyssPolicy.NONE)
    with open("/tmp/detailed.rgb", "wb") as file:
        file.write(pixels)
    emit("restyled", status=ended["status"], message=ended["message"], name=new.get_name())


if __name__ == "__main__":
    reported(restyle_in_dialog)
