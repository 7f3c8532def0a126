"""What the plug-in says in another language."""

from gi.repository import Gimp
from inside import RESTYLE, emit, photo, reported, restyle


def refused() -> None:
    image, layer = photo(96, 80)
    image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, "")
    label = Gimp.get_pdb().lookup_procedure(RESTYLE).get_menu_label()
    emit("indexed", label=label, **restyle(image, [layer]))
    image.delete()


if __name__ == "__main__":
    reported(refused)
