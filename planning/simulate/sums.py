"""Means and shares over replications, with their standard errors."""

from dataclasses import dataclass

import numpy as np

from inventory.demand import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """What each replication counted, added up over `replications` of them.

    `counted` has one row per item (or tree); the sum of squares of column c is in column
    `squares` + c, sums of products of two columns are where the kernel put them.
    """

    counted: Floats
    squares: int
    replications: int

    def mean(self, column: int) -> tuple[Floats, Floats]:
        """Mean over replications, and its standard error."""
        mean = self.counted[:, column] / self.replications
        square = self.counted[:, self.squares + column] / self.replications
        return mean, np.sqrt(np.maximum(square - mean**2, 0.0) / (self.replications - 1))

    def share(self, asked: int, served: int, product: int) -> tuple[Floats, Floats]:
        """Served of asked, NaN where nothing was, and its error as a ratio of two means."""
        total = np.where(self.counted[:, asked] > 0, self.counted[:, asked], np.nan)
        share = self.counted[:, served] / total
        return share, np.sqrt(self.squared_error(share, asked, served, product)) / total

    def squared_error(self, share: Floats | float, asked: int, served: int, product: int) -> Floats:
        """Squared standard error of the total of served − share × asked."""
        total = self.counted[:, served] - share * self.counted[:, asked]
        square = (
            self.counted[:, self.squares + served]
            - 2 * share * self.counted[:, product]
            + share**2 * self.counted[:, self.squares + asked]
        )
        spread = np.maximum(square - total**2 / self.replications, 0.0)
        return np.asarray(spread * self.replications / (self.replications - 1))
