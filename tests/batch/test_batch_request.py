"""What may be asked of a batch: names of results, and what contradicts itself."""

import pytest
from batch_material import request


@pytest.mark.parametrize(
    "name", ["{stem}", "{stem}.{style}", "{folder}/{stem}-{number:04}.tif", "all/{number}", "{{kept}} {stem}"]
)
def test_a_name_is_made_of_known_fields(name: str):
    assert request("a.jpg", name=name).name == name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("{stemm}", r"has no field '\{stemm\}'; these are there: \{stem\}, \{style\}, \{folder\}, \{number\}"),
        ("{stem.upper}", "has no field"),
        ("{}", "has no field"),
        ("{stem", "cannot be a name of results"),
        ("{number:{width}}", "cannot be a name of results"),
        ("{stem:d}", "cannot be a name of results"),
        ("../{stem}", "must be a name below the output folder"),
        ("/tmp/{stem}", "must be a name below the output folder"),
        ("", "must be a name below the output folder"),
    ],
)
def test_another_name_is_refused_with_the_cure(name: str, text: str):
    with pytest.raises(ValueError, match=text):
        request("a.jpg", name=name)


def test_replacing_and_leaving_alone_contradict_each_other():
    with pytest.raises(ValueError, match="--overwrite and --skip-existing contradict"):
        request("a.jpg", overwrite=True, skip_existing=True)
    with pytest.raises(ValueError, match="series must be one of"):
        request("a.jpg", series="day")
