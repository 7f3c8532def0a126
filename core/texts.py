"""Texts for users: an English template with its values, which can be translated later.

A template is a `str.format` string whose fields are named: `"{path}: no such style file"`. A field
may have a conversion or a format (`{name!r}`, `{seconds:.1f}`). A field at the very start, before a colon, is the
subject: what the text is about. `languages` translates texts.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import LiteralString

SUBJECT = re.compile(r"\{(\w+)(?:![rs])?\}: ")
_LONGEST = 200  # characters of a message of another library
_KEPT = (str, int, float, PurePath)
# What a terminal obeys instead of showing it: control characters, and those that turn the direction of writing.
_STEERING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_BREAKS = re.compile("[\t\n\u2028\u2029]")


class Text(str):
    """A text for users: an English string that keeps its template and values.

    Args:
        template: English; a literal in the source, where a test finds it and checks its translations.
        one: the template if the value `count` is 1; None for the same one.
        values: by field of the template. A value that is a Text or an error is translated with the text.

    Attributes:
        template, one, values: as given; errors are replaced by their texts.
        form: `template` or `one`, by the English plural rule.
    """

    template: str
    one: str | None
    form: str
    values: Mapping[str, object]

    def __new__(cls, template: LiteralString, /, *, one: LiteralString | None = None, **values: object) -> Text:
        kept = {name: _kept(value) for name, value in values.items()}
        form = template if one is None or kept["count"] != 1 else one
        text = super().__new__(cls, form.format(**kept))
        text.template, text.one, text.form, text.values = template, one, form, kept
        return text

    @classmethod
    def of(cls, template: str, values: Mapping[str, object], one: str | None = None) -> Text:
        """Make a text of a template that is not a literal in the source: stored, or the name of a text."""
        return cls(template, one=one, **values)  # pyright: ignore[reportArgumentType]

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        return (self.template,), {"one": self.one, **self.values}

    def without_subject(self) -> Text:
        """The text without the field that it begins with, for views that show that beside it.

        `"{path}: no such style file"` becomes `"no such style file"`.
        """
        subject = SUBJECT.match(self.template)
        if subject is None:
            return self
        one = None if self.one is None else self.one.removeprefix(subject[0])
        return Text.of(self.template.removeprefix(subject[0]), self.values, one)

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON values for `text_from_json`; a stored or sent text can be translated later."""
        values = {name: _stored(value) for name, value in self.values.items()}
        return {"template": self.template, "one": self.one, "values": values}


def text_from_json(stored: Any) -> Text:
    """Convert the result of `Text.to_json` back; a plain string becomes a text that is not translated.

    Raises:
        ValueError, LookupError, TypeError, AttributeError: the value is invalid.
    """
    if isinstance(stored, str):
        return verbatim(stored)
    values = {
        key: text_from_json(value) if isinstance(value, dict) else value for key, value in stored["values"].items()
    }
    return Text.of(stored["template"], values, stored["one"])


def text_to_json(text: str) -> str | dict[str, Any]:
    """Convert a Text by `Text.to_json`; return any other string unchanged."""
    return text.to_json() if isinstance(text, Text) else text


def verbatim(text: str) -> Text:
    """Make a text that is the same in every language, such as a name or a message of another library."""
    return text if isinstance(text, Text) else Text("{text}", text=text)


def from_file(text: str) -> Text:
    """Make a text of an English string in a file of this package; it is translated if a catalog has it."""
    return Text.of(text.replace("{", "{{").replace("}", "}}"), {})


def text_of(error: BaseException) -> Text:
    """Return the text of an error; of errors of other libraries one line, or the class if the message is empty."""
    if len(error.args) == 1 and isinstance(error.args[0], Text):
        return error.args[0]
    return verbatim(" ".join(str(error).split())[:_LONGEST] or type(error).__name__)


def cause_of(error: OSError) -> Text:
    """Return the cause of an OSError in lower case, for use inside another text."""
    return _CAUSES.get(error.errno or 0) or verbatim((error.strerror or str(error) or type(error).__name__).lower())


def printable(text: str, *, on_one_line: bool = False) -> str:
    """Escape characters that would steer a terminal; line breaks and tabs, too, if it is to be `on_one_line`."""
    text = _STEERING.sub(_escaped, text)
    return _BREAKS.sub(_escaped, text) if on_one_line else text


def with_printable_values(text: Text) -> Text:
    """Return a text whose values, such as names of files, neither steer a terminal nor break its line."""
    values = {name: _printable_value(value) for name, value in text.values.items()}
    is_plain = text.template == "{text}" or all(values[name] is value for name, value in text.values.items())
    return text if is_plain else Text.of(text.template, values, text.one)


def joined(texts: Iterable[str], template: LiteralString = "{first}, {rest}") -> Text:
    """Join texts by a template of `first` and `rest`; plain strings, such as names, are not translated.

    Raises:
        ValueError: there are no texts.
    """
    *others, last = texts
    row = verbatim(last)
    for text in reversed(others):
        row = Text(template, first=text, rest=row)
    return row


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _printable_value(value: object) -> object:
    if isinstance(value, Text):
        return with_printable_values(value)
    if not isinstance(value, (str, PurePath)):
        return value
    shown = printable(str(value), on_one_line=True)
    return value if shown == str(value) else shown


def _kept(value: object) -> object:
    """Return a value without references; an error would keep its traceback's frames alive."""
    if isinstance(value, BaseException):
        return text_of(value)
    return value if isinstance(value, _KEPT) else str(value)


def _stored(value: object) -> object:
    if isinstance(value, Text):
        return value.to_json()
    return str(value) if isinstance(value, PurePath) else value


_CAUSES = {
    errno.EACCES: Text("permission denied"),
    errno.EDQUOT: Text("disk quota exceeded"),
    errno.EIO: Text("input/output error"),
    errno.EISDIR: Text("is a directory"),
    errno.ENAMETOOLONG: Text("file name too long"),
    errno.ENOENT: Text("no such file or directory"),
    errno.ENOMEM: Text("cannot allocate memory"),
    errno.ENOSPC: Text("no space left on device"),
    errno.ENOTDIR: Text("not a directory"),
    errno.EPERM: Text("operation not permitted"),
    errno.EROFS: Text("read-only file system"),
}
