"""Texts know their template and values, and stay strings."""

import copy
import errno
import json
from pathlib import Path

import pytest
from portrait_atelier.core.errors import PhotoError
from portrait_atelier.core.texts import (
    Text,
    cause_of,
    from_file,
    joined,
    printable,
    text_from_json,
    text_of,
    text_to_json,
    verbatim,
    with_printable_values,
)

TEXT = Text(
    "{path}: {count} photos of {size:.1f} MB by {name!r}",
    one="{path}: {count} photo of {size:.1f} MB by {name!r}",
    path=Path("a{b}"),
    count=1,
    size=2.04,
    name="Anna",
)


def same(text: Text, other: Text) -> bool:
    return (text, text.template, text.one, text.form, dict(text.values)) == (
        other,
        other.template,
        other.one,
        other.form,
        dict(other.values),
    )


def test_a_text_is_its_english():
    assert TEXT == "a{b}: 1 photo of 2.0 MB by 'Anna'"
    assert f"{TEXT}" == str(TEXT) == "a{b}: 1 photo of 2.0 MB by 'Anna'"
    assert TEXT.template == "{path}: {count} photos of {size:.1f} MB by {name!r}"
    assert TEXT.values == {"path": Path("a{b}"), "count": 1, "size": 2.04, "name": "Anna"}


def test_an_error_is_its_text():
    error = PhotoError("{path}: is empty", path="a.jpg")
    assert (str(error), error.template, error.values) == ("a.jpg: is empty", "{path}: is empty", {"path": "a.jpg"})
    assert PhotoError(error.text).values == error.values


@pytest.mark.parametrize("copied", [copy.copy(TEXT), copy.deepcopy(TEXT)])
def test_a_copy_is_the_same_text(copied: Text):
    assert same(copied, TEXT)


def test_what_is_stored_as_json_is_the_same_text_but_for_paths():
    text = Text("{a} and {b}", a=Text("{x}, again", x=1.5), b=PhotoError("{path}: is empty", path="c").text)
    assert same(text_from_json(json.loads(json.dumps(text_to_json(text)))), text)
    assert text_from_json(TEXT.to_json()) == TEXT
    assert text_from_json("{plain}") == text_to_json("{plain}") == "{plain}"


@pytest.mark.parametrize(
    "stored",
    [None, 3, {}, {"template": "{a}", "one": None, "values": {}}, {"template": "{}", "one": None, "values": {}}],
)
def test_what_is_no_stored_text_is_refused(stored: object):
    with pytest.raises((TypeError, LookupError, ValueError)):
        text_from_json(stored)


def test_an_error_inside_is_a_text_and_holds_nothing_else():
    cause = PhotoError("{path}: is empty", path="a")
    text = Text("left out ({first}; {second})", first=cause, second=ValueError("two\n  lines"))
    assert text == "left out (a: is empty; two lines)"
    assert type(text.values["first"]) is type(text.values["second"]) is Text


def test_what_an_error_says():
    assert text_of(ValueError(TEXT)) is TEXT
    assert text_of(KeyError()) == "KeyError"
    assert text_of(ValueError("a {brace}", 2)) == "('a {brace}', 2)"
    assert len(text_of(RuntimeError("x" * 999))) == 200


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OSError(errno.ENOSPC, "Es ist nicht genug Speicherplatz da"), "no space left on device"),
        (PermissionError(errno.EACCES, "Permission denied", "/a"), "permission denied"),
        (OSError(errno.EXDEV, "Invalid cross-device link"), "invalid cross-device link"),
        (OSError("Odd"), "odd"),
        (OSError(), "oserror"),
    ],
)
def test_causes_of_the_system(error: OSError, cause: str):
    assert cause_of(error) == cause


def test_a_row_of_texts_keeps_them():
    row = joined([Text("no face"), "b", Text("sideways")])
    assert row == "no face, b, sideways"
    assert row.values["first"] == "no face"
    assert joined(["{a}"]) == "{a}"
    assert joined(iter("abc"), "{first} or {rest}") == "a or b or c"
    with pytest.raises(ValueError, match="not enough values"):
        joined([])


def test_without_its_subject():
    assert TEXT.without_subject() == "1 photo of 2.0 MB by 'Anna'"
    assert Text("{name!r}: is {kind}", name="a", kind="b").without_subject() == "is b"
    for text in (Text("no face"), Text("mask: {cause}", cause="x"), Text("{a} {b}: c", a=1, b=2), verbatim("a: b")):
        assert text.without_subject() is text


def test_texts_from_elsewhere_may_have_braces():
    assert verbatim("{a}: b").template == "{text}"
    assert from_file("{a}: b") == "{a}: b"
    assert from_file("soft light").template == "soft light"
    assert verbatim(TEXT) is TEXT


def test_values_neither_steer_a_terminal_nor_break_its_line():
    why = verbatim("d\x9b\te")
    text = Text("{path}: is {kind}; {why}", path=Path("a\x1bb\nc"), kind="x\u202ey", why=why)
    assert with_printable_values(text) == "a\\x1bb\\nc: is x\\u202ey; d\x9b\te"
    assert printable(with_printable_values(text)) == "a\\x1bb\\nc: is x\\u202ey; d\\x9b\te"
    assert with_printable_values(TEXT) is TEXT
    assert printable("two\nlines\tä漢") == "two\nlines\tä漢"
    assert printable("two\nlines", on_one_line=True) == "two\\nlines"
