"""What a look does, by values computed by hand and by invariants."""

import pytest
import torch
from portrait_atelier.core.color.srgb import REC709_LUMA
from portrait_atelier.core.imaging.rendering.look import Look, Window, grid_shape, table_colors, table_shape
from portrait_atelier.core.imaging.rendering.look_tensors import apply_grid, apply_look, apply_table, tensors_of


def _pixel(r: float, g: float, b: float) -> torch.Tensor:
    return torch.tensor([r, g, b]).view(1, 3, 1, 1)


def test_table_adds_its_entry_at_a_lattice_color():
    table = torch.zeros(1, *table_shape())
    table[0, 4, 8, 12] = torch.tensor([0.1, -0.2, 0.3])
    result = apply_table(_pixel(4 / 16, 8 / 16, 12 / 16), table)
    torch.testing.assert_close(result.flatten(), torch.tensor([0.35, 0.3, 1.05]))


def test_table_interpolates_along_the_tetrahedron():
    table = torch.zeros(1, *table_shape())
    table[0, 1, 0, 0, 0] = 1.0  # the corner one step along red only
    # Fractions (0.5, 0.25, 0): red leads, so that corner weighs 0.5 - 0.25.
    result = apply_table(_pixel(0.5 / 16, 0.25 / 16, 0.0), table)
    assert result[0, 0, 0, 0].item() == pytest.approx(0.5 / 16 + 0.25)
    # Green leads: the red-only corner is no corner of that tetrahedron.
    result = apply_table(_pixel(0.25 / 16, 0.5 / 16, 0.0), table)
    assert result[0, 0, 0, 0].item() == pytest.approx(0.25 / 16)


def test_table_reproduces_any_affine_color_map():
    matrix = torch.randn(3, 3, generator=torch.Generator().manual_seed(1))
    table = torch.from_numpy(table_colors()) @ matrix.T
    image = torch.rand(2, 3, 5, 7, generator=torch.Generator().manual_seed(2))
    result = apply_table(image, table.expand(2, *table_shape()))
    torch.testing.assert_close(result, image + torch.einsum("oc,bchw->bohw", matrix, image), atol=1e-5, rtol=0)


def test_colors_outside_the_range_get_the_residual_of_the_clamped_color():
    table = torch.rand(1, *table_shape())
    result = apply_table(_pixel(1.5, -0.5, 0.0), table)
    torch.testing.assert_close(result.flatten(), torch.tensor([1.5, -0.5, 0.0]) + table[0, 16, 0, 0])


def test_grid_applies_its_affine_map():
    grid = torch.zeros(1, *grid_shape())
    grid[..., 0, 1] = 0.5  # red gains half of green
    grid[..., 2, 3] = -0.1  # blue loses a tenth
    result = apply_grid(_pixel(0.2, 0.4, 0.6), grid)
    torch.testing.assert_close(result.flatten(), torch.tensor([0.4, 0.4, 0.5]))


def test_grid_interpolates_tones_by_luma():
    grid = torch.zeros(1, *grid_shape())
    grid[:, :, :, 3, 0, 3] = 1.0  # tone 3 adds 1 to red
    luma = 2.75 / 7
    assert apply_grid(_pixel(luma, luma, luma), grid)[0, 0].item() == pytest.approx(luma + 0.75, abs=1e-5)
    assert sum(REC709_LUMA) == pytest.approx(1)


def test_grid_cell_centers_lie_at_half_pixels():
    grid = torch.zeros(1, *grid_shape())
    grid[:, :, 5, :, 0, 3] = 1.0  # column 5 adds 1 to red
    image = torch.zeros(1, 3, 1, 32)
    red = apply_grid(image, grid)[0, 0, 0]
    # 32 pixels over 16 cells: pixels 10 and 11 lie a quarter of a cell either side of center 5.
    torch.testing.assert_close(red[8:14], torch.tensor([0.0, 0.25, 0.75, 0.75, 0.25, 0.0]))


def test_a_crop_keeps_the_coordinates_of_the_photo():
    generator = torch.Generator().manual_seed(3)
    image = torch.rand(1, 3, 21, 33, generator=generator)
    grid = torch.randn(1, *grid_shape(), generator=generator)
    whole = apply_grid(image, grid)
    part = apply_grid(image[:, :, 4:11, 9:30], grid, Window(4, 9, 21, 33))
    torch.testing.assert_close(part, whole[:, :, 4:11, 9:30])


def test_strength_and_mask_move_from_the_photo_to_the_look():
    generator = torch.Generator().manual_seed(4)
    image = torch.rand(1, 3, 4, 4, generator=generator)
    table = torch.randn(1, *table_shape(), generator=generator)
    grid = torch.zeros(1, *grid_shape())
    full = apply_look(image, table, grid)
    assert torch.equal(apply_look(image, table, grid, strength=0.0), image)
    half = apply_look(image, table, grid, strength=0.5)
    torch.testing.assert_close(half, (image + full) / 2)
    masked = apply_look(image, table, grid, mask=torch.full((1, 1, 4, 4), 0.5))
    torch.testing.assert_close(masked, half)


def test_look_is_differentiable_in_table_grid_and_image():
    generator = torch.Generator().manual_seed(5)
    image = (torch.rand(1, 3, 2, 3, generator=generator, dtype=torch.float64) * 0.9 + 0.05).requires_grad_()
    table = torch.randn(1, *table_shape(), generator=generator, dtype=torch.float64).requires_grad_()
    grid = torch.randn(1, *grid_shape(), generator=generator, dtype=torch.float64).requires_grad_()
    inputs = (image, table, grid)
    apply_look(*inputs).square().sum().backward()
    for tensor in inputs:
        step = 1e-6 * torch.randn(tensor.shape, generator=generator, dtype=torch.float64)
        with torch.no_grad():
            up, down = (
                apply_look(*(other + sign * step if other is tensor else other for other in inputs)).square().sum()
                for sign in (1, -1)
            )
        assert tensor.grad is not None
        assert (tensor.grad * step).sum().item() == pytest.approx((up - down).item() / 2, rel=1e-4)


def test_tensors_of_a_look_are_a_batch_of_one():
    table, grid = tensors_of(Look.identity())
    assert (table.shape, grid.shape) == ((1, *table_shape()), (1, *grid_shape()))


def test_images_of_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r"image must be \(B, 3, H, W\)"):
        apply_table(torch.zeros(3, 4, 4), torch.zeros(1, *table_shape()))
