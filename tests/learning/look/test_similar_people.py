"""Selection of people: by framing, and by colors as far as these are trusted."""

import torch
from portrait_atelier.core.learning.look.similar_people import similarity_weights


def _photos(face: float, backdrop: float, count: int = 2) -> torch.Tensor:
    """Photos with a share of face, before a backdrop of some lightness."""
    tokens = torch.zeros(count, 100, 12)
    tokens[..., 3:5] = torch.rand(100, 2, generator=torch.Generator().manual_seed(0))
    tokens[..., 5] = tokens[..., 11] = 1
    person = int(100 * face)
    tokens[:, :person, 6:9] = 1
    tokens[:, :person, 0] = 60
    tokens[:, person:, 0] = backdrop
    return tokens


def test_people_framed_alike_count():
    people = torch.cat([_photos(0.2, 50), _photos(0.6, 50)])
    found = similarity_weights(_photos(0.6, 20), people, people[..., :3], 0.0)
    assert found.sum().item() == 1
    assert found[2:].sum() > 0.9


def test_backdrops_count_as_far_as_colors_are_trusted():
    people = torch.cat([_photos(0.4, 90), _photos(0.4, 30)])
    style = _photos(0.4, 30)
    untrusted, trusted = (similarity_weights(style, people, people[..., :3], share) for share in (0.0, 1.0))
    torch.testing.assert_close(untrusted, torch.full((4,), 0.25))
    assert trusted[2:].sum() > 0.9


def test_it_is_the_restyled_backdrop_that_is_compared():
    people = torch.cat([_photos(0.4, 90), _photos(0.4, 30)])
    restyled = people[..., :3].clone()
    restyled[..., 0] = 120 - restyled[..., 0]
    assert similarity_weights(_photos(0.4, 30), people, restyled, 1.0)[:2].sum() > 0.9
