"""Output of the command line."""

from portrait_atelier.core.cli.commands.console import counted


def test_one_is_no_plural():
    assert [counted(count, "photo") for count in (0, 1, 2)] == ["0 photos", "1 photo", "2 photos"]
