"""The dialog with a pixel style; what comes out is kept small, for the test to compare with what the preview showed."""

from gi.repository import Gegl, Gimp
from inside import RESTYLE, call, emit, photo, reported

SIZE, SHOWN = 1200, 420


def restyle_in_dialog() -> None:
    image, layer = photo(SIZE, SIZE)
    ended = call(RESTYLE, run_mode=Gimp.RunMode.INTERACTIVE, image=image, drawables=[layer], style="red-chalk")
    new = image.get_layers()[0]
    place = Gegl.Rectangle.new(0, 0, SHOWN, SHOWN)
    pixels = new.get_buffer().get(place, SHOWN / SIZE, "R'G'B' u8", Gegl.AbyssPolicy.NONE)
    with open("/tmp/result.rgb", "wb") as file:
        file.write(pixels)
    emit("restyled", status=ended["status"], message=ended["message"], name=new.get_name())


if __name__ == "__main__":
    reported(restyle_in_dialog)
