"""Texts for people: an English template and the values in it, so that a reader's own language can be looked up later.

A template is a `str.format` string whose fields are the names of its values: `"{path}: no such style file"`. A field
may have a conversion or a format (`{name!r}`, `{seconds:.1f}`). A field at the very start, before a colon, is the
subject: what the text is about. `languages` translates.
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
_LONGEST = 200  # letters of what other libraries say
_KEPT = (str, int, float, PurePath)


class Text(str):
    """A text for people: a string like any other, in English, which knows from what it was made.

    Args:
        template: in English, as it stands in the source, where a test finds it and looks for its translations.
        one: the template where the value `count` is 1; None where that makes no difference.
        values: by the names of the template's fields. A value that is a Text or an error is translated with the text.

    Attributes:
        template, one, values: as given; errors as their texts.
        form: `template` or `one`, as the count asks for in English.
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
        """A text whose template does not stand beside it in the source: it was stored, or is the name of one."""
        return cls(template, one=one, **values)  # pyright: ignore[reportArgumentType]

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        return (self.template,), {"one": self.one, **self.values}

    def without_subject(self) -> Text:
        """The same text without its subject, for a place that shows this beside it."""
        subject = SUBJECT.match(self.template)
        if subject is None:
            return self
        one = None if self.one is None else self.one.removeprefix(subject[0])
        return Text.of(self.template.removeprefix(subject[0]), self.values, one)

    def to_json(self) -> dict[str, Any]:
        """What `text_from_json` reads: to be stored, or sent, and read in any language later."""
        values = {name: _stored(value) for name, value in self.values.items()}
        return {"template": self.template, "one": self.one, "values": values}


def text_from_json(stored: Any) -> Text:
    """Read what `Text.to_json` wrote; of a plain string, one that is not translated.

    Raises:
        ValueError, LookupError, TypeError, AttributeError: it is something else.
    """
    if isinstance(stored, str):
        return verbatim(stored)
    values = {
        key: text_from_json(value) if isinstance(value, dict) else value for key, value in stored["values"].items()
    }
    return Text.of(stored["template"], values, stored["one"])


def text_to_json(text: str) -> str | dict[str, Any]:
    """A Text as `Text.to_json` has it; any other string as it is."""
    return text.to_json() if isinstance(text, Text) else text


def verbatim(text: str) -> Text:
    """A text that is the same in every language, such as a name, or what another library says."""
    return text if isinstance(text, Text) else Text("{text}", text=text)


def from_file(text: str) -> Text:
    """A text that a file of ours holds, in English; it is translated if a catalog has the whole of it."""
    return Text.of(text.replace("{", "{{").replace("}", "}}"), {})


def text_of(error: BaseException) -> Text:
    """What an error says; of errors of other libraries one line, or their kind where they say nothing."""
    if len(error.args) == 1 and isinstance(error.args[0], Text):
        return error.args[0]
    return verbatim(" ".join(str(error).split())[:_LONGEST] or type(error).__name__)


def cause_of(error: OSError) -> Text:
    """Why the system refused something, in lower case, to stand inside another text."""
    return _CAUSES.get(error.errno or 0) or verbatim((error.strerror or str(error) or type(error).__name__).lower())


def joined(texts: Iterable[str], template: LiteralString = "{first}, {rest}") -> Text:
    """Texts in a row, by a template of `first` and `rest`; what is no Text, such as a name, is not translated.

    Raises:
        ValueError: there are no texts.
    """
    *others, last = texts
    row = verbatim(last)
    for text in reversed(others):
        row = Text(template, first=text, rest=row)
    return row


def _kept(value: object) -> object:
    """A value that holds on to nothing: an error would keep all that was at work when it was raised."""
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
