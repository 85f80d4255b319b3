"""What is known of a location while its part is played: one record each."""

import numpy as np

LOCATION = np.dtype(
    [
        # what it is
        ("name", "i8"),  # of its random numbers
        ("parent", "i8"),  # row within the tree; parents stand before their children
        ("reorder_point", "i8"),
        ("order_quantity", "i8"),
        ("demand_per_day", "f8"),  # mean and variance of the rate, pieces per day
        ("rate_variance", "f8"),
        ("first_size", "i8"),  # its rows of the table of sizes
        ("stop_size", "i8"),
        ("lead_time_mean", "f8"),  # of its own lane, days
        ("lead_time_variance", "f8"),
        ("review", "f8"),  # days between reviews; 0: an order leaves at once
        ("repairable_share", "f8"),
        ("local_repair_share", "f8"),
        ("repair_time", "f8"),
        ("share_of_pieces", "f8"),  # of all that customers ask for
        ("share_of_requests", "f8"),
        ("mean_size", "f8"),
        ("step", "i8"),  # common divisor of the amounts by which its position falls; 0: never
        ("ordered_per_day", "f8"),
        # what holds while it is played
        ("requests_per_day", "f8"),  # 0: not drawn
        ("lead_time", "f8"),
        ("phase", "f8"),  # the day of its first review
        ("record", "i8"),  # its next and its last row of the recorded requests
        ("stop_record", "i8"),
        # how it stands
        ("on_hand", "i8"),
        ("position", "i8"),
        ("customers", "i8"),  # pieces that customers wait for
        ("children", "i8"),  # pieces that children wait for
        ("first", "i8"),  # rows of the waiting line
        ("last", "i8"),
        ("due", "i8"),  # 1: an order leaves at the next review
        ("unsettled", "i8"),  # 1: the position is still above its range
        ("since", "f8"),  # day up to which was counted
    ],
    align=True,
)
