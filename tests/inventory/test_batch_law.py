"""The exact law of batches against simulation, and what two moments make of it."""

import numpy as np
import pytest

from inventory.count_laws.kernels import add_count, count_window
from tests.inventory.batch_law import lack_law
from tests.inventory.echelon_judge import fill_rates, moments, simulated_lacks, with_transport


@pytest.mark.parametrize(
    ("rates", "quantity", "days", "level"),
    [((0.12, 0.48), 10, 8.0, 2), ((1.0, 1.0), 10, 2.0, 13), ((0.3, 0.1, 0.2), 3, 8.0, 4)],
)
def test_the_exact_law_of_batches_is_what_simulation_finds(rates, quantity, days, level):
    quantities = [quantity] * len(rates)
    lacks = simulated_lacks(rates, quantities, days, [level], runs=40_000, seed=3)[0]
    for child in range(len(rates)):
        law = lack_law(rates, quantity, days, level, child)
        assert law.sum() == pytest.approx(1.0, abs=1e-6)
        blocks = np.cumsum(lacks[:, child], axis=1)
        size = min(len(law), blocks.shape[1])
        error = np.abs(np.cumsum(law)[:size] - blocks.mean(axis=0)[:size])
        width = blocks.std(axis=0, ddof=1)[:size] / len(blocks) ** 0.5
        assert np.all(error <= 5 * width + 1e-4)


def test_no_law_of_two_moments_can_say_what_one_order_more_or_less_does():
    """The worst cell of grid B with mean and variance exact: off by more than four points still."""
    rates, quantity, days, level = (0.12, 0.48), 10, 8.0, 5
    (law,) = with_transport([lack_law(rates, quantity, days, level, 1)], rates[1])
    (true,) = fill_rates([law])
    mean, variance = moments(law)
    mean, variance = mean - (quantity - 1) / 2, variance - (quantity**2 - 1) / 12
    base, rows = count_window(mean, variance)
    fitted = np.zeros(base + rows + 20)
    window = np.zeros(rows + 20)
    rows = add_count(mean, variance, 1.0, window, base, rows)
    fitted[base : base + rows] = window[:rows]
    batch = np.full(quantity, 1 / quantity)
    (found,) = fill_rates([np.convolve(fitted, batch)])
    counted = np.flatnonzero((true >= 0.5) & (true <= 0.999))
    counted = counted[(counted >= quantity - 1) & (counted < len(found))]
    assert np.abs(found[counted] - true[counted]).max() > 0.04
