"""Why each level is as it is: which target pays, and what the last and the next piece are worth."""

from typing import NamedTuple

import numpy as np

from inventory.demand import Floats, Ints
from optimizer.blocks import Block
from optimizer.kernels import worth_of_pieces
from optimizer.promises import Promises


class Reasons(NamedTuple):
    """One row per item."""

    paying_promise: Ints  # the promise that pays most for the last piece; −1: none
    last_piece: Floats  # money per day that service pays for it; nan: there is none
    next_piece: Floats  # money per day for one more; nan: the range ends here


class Payment(NamedTuple):
    """Patterns × channels: what all promises pay for a unit, who pays most of it, and how much."""

    earned: Floats
    payer: Ints
    most: Floats


def reasons(payment: Payment, chosen: tuple[Block, Ints]) -> Reasons:
    """What the prices pay for the levels of a block."""
    block, row = chosen
    found = Reasons(np.full(len(block), -1), np.empty(len(block)), np.empty(len(block)))
    worth_of_pieces(block.rows, block.segment(row), block.weights, *payment, row, *found)
    return found


def payment(promises: Promises, price: Floats) -> Payment:
    """Who pays for what, at these prices."""
    payer = np.full((promises.patterns, len(promises.channels)), -1)
    most = np.zeros(payer.shape)
    rate = price / promises.weight
    for promise in range(len(promises)):
        members = promises.entry_pattern[promises.entry_promise == promise]
        channel = promises.channel[promise]
        members = members[rate[promise] > most[members, channel]]
        payer[members, channel], most[members, channel] = promise, rate[promise]
    return Payment(promises.earned(price), payer, most)
