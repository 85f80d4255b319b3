"""stockpyl's exact (r, Q) of Poisson demand, item by item; run by a Python that has stockpyl.

Reads rows of (mean per day, lead time days, holding, stockout and ordering cost), writes r, Q and
the CPU seconds of each.
"""

import sys
import time

import numpy as np
from stockpyl.rq import r_q_poisson_exact

found = []
for mean, days, holding, stockout, ordering in np.load(sys.argv[1]):
    began = time.process_time()
    point, quantity, _ = r_q_poisson_exact(holding, stockout, ordering, mean, days)
    found.append((point, quantity, time.process_time() - began))
np.save(sys.argv[2], np.array(found, dtype=np.float64))
