"""What planning with μ, σ², ω² and sizes loses against the full predictive law of the forecast.

    python -m benchmarks.forecasting_law

The full law: every path of the hidden rate over the lead time, whole months asked for or not,
sizes compounded exactly. The other is the law that `inventory.measures` plans with. Both are judged
on the windows before the test windows, by pinball loss at 0.9, 0.95 and 0.99 together.
"""

import numpy as np
from numba import njit

from benchmarks.forecasting_accuracy import FOLDER, SETS, RealSet, history_of, load
from forecasting import History, rates, sizes
from forecasting.backtest.methods import chosen
from inventory.demand import Ints, SizeLaws

UPPER = np.array([0.9, 0.95, 0.99])
GRID = 4096  # cells of the law's transform; sizes are put on so many
STRIDE = {"raf_aerospace": 4, "oil_refinery": 4, "man_manufacturing": 8}


@njit(cache=True)
def chances_of_counts(belief, asked, change, periods):  # type: ignore[no-untyped-def]
    """P(0, 1, … `periods` periods with demand), over every path of the hidden state."""
    states = len(asked)
    now = np.zeros((states, periods + 1))
    now[:, 0] = belief
    for ahead in range(periods):
        then = np.zeros((states, periods + 1))
        for k in range(states):
            then[k] += now[k] * (1 - asked[k])
            then[k, 1:] += now[k, :-1] * asked[k]
        now = then if ahead == periods - 1 else change.T @ then
    return now.sum(axis=0)


def quantiles_of(counts: np.ndarray, law: SizeLaws, row: int) -> np.ndarray:
    """Quantiles of a random number of sizes, by discrete Fourier transform."""
    part = slice(law.start[row], law.start[row + 1])
    pieces, share = law.pieces[part].astype(float), law.share[part]
    mean = counts @ np.arange(len(counts)) * (pieces @ share)
    top = min(pieces[-1] * (len(counts) - 1), mean * 12 + 6 * pieces[-1]) + 2
    cell = max(1.0, np.ceil(top / GRID))
    cells = np.zeros(2 * GRID)
    low = (pieces / cell).astype(int)
    np.add.at(cells, low, share * (1 - (pieces / cell - low)))
    np.add.at(cells, low + 1, share * (pieces / cell - low))
    size = np.fft.rfft(cells)
    total = np.full(len(size), counts[-1], dtype=complex)
    for chance in counts[-2::-1]:
        total = total * size + chance
    chance = np.cumsum(np.maximum(np.fft.irfft(total), 0.0))
    return np.floor(np.minimum(np.searchsorted(chance, UPPER - 1e-9), 2 * GRID - 1) * cell)


def full_quantiles(history: History, horizon: Ints, rows: Ints) -> np.ndarray:
    """Quantiles of the full predictive law, for `rows`."""
    totals = history.totals()
    begin = np.zeros(len(history), dtype=np.int64)
    model = rates.learn(totals, begin, days=float(history.days[0]))
    belief = rates.believe(totals, begin, model)
    law = sizes.laws(history, sizes.Evidence.of(history), sizes.learn(history))
    answer = np.empty((len(rows), len(UPPER)))
    for k, row in enumerate(rows):
        counts = chances_of_counts(belief[row], model.asked, model.change, int(horizon[row]))
        answer[k] = quantiles_of(counts, law, row)
    return answer


def losses(one: RealSet) -> tuple[float, float]:
    """Summed scaled loss per case of the planned law and of the full one."""
    table, lead = load(one.name)
    test = one.test_periods or round(0.3 * table.shape[1])
    table = table[:, :-test]
    periods = table.shape[1]
    first = periods - round(0.3 * periods)
    history, scale = history_of(table, one.days), table[:, :first].mean(axis=1)
    sums, cases = np.zeros(2), 0
    for origin in range(first, periods, STRIDE.get(one.name, 1)):
        rows = np.flatnonzero((origin + lead <= periods) & (scale > 0))
        until = history.until(origin)
        reach = np.minimum(lead, periods)
        planned = chosen(until, reach, UPPER).quantile[rows]
        full = full_quantiles(until, reach, rows)
        asked = np.array([table[row, origin : origin + lead[row]].sum() for row in rows])
        for k, quantile in enumerate((planned, full)):
            off = asked[:, None] - quantile
            loss = np.maximum(UPPER * off, (UPPER - 1) * off).sum(axis=1)
            sums[k] += float(np.sum(loss / scale[rows]))
        cases += len(rows)
    return sums[0] / cases, sums[1] / cases


def main() -> None:
    if not FOLDER.is_dir():
        print(f"no real histories at {FOLDER}: nothing measured")
        return
    apart = []
    for one in SETS:
        planned, full = losses(one)
        apart.append(planned / full - 1)
        print(f"{one.name:22} planned {planned:9.4f}  full {full:9.4f}  lost {apart[-1]:+.2%}")
    print(f"on average lost {np.mean(apart):+.2%}")


if __name__ == "__main__":
    main()
