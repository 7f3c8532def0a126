"""The dialog with a pixel style; what comes out is kept, for the test to compare with what the preview showed."""

from gi.repository import Gegl, Gimp
from inside import RESTYLE, call, emit, photo, reported, whole

SIZE = 1200


def restyle_in_dialog() -> None:
    image, layer = photo(SIZE, SIZE)
    ended = call(RESTYLE, run_mode=Gimp.RunMode.INTERACTIVE, image=image, drawables=[layer], style="red-chalk")
    new = image.get_layers()[0]
    pixels = new.get_buffer().get(whole(new), 1.0, "R'G'B' u8", Gegl.AbyssPolicy.NONE)
    with open("/tmp/result.rgb", "wb") as file:
        file.write(pixels)
    emit("restyled", status=ended["status"], message=ended["message"], name=new.get_name())


if __name__ == "__main__":
    reported(restyle_in_dialog)
