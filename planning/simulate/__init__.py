"""Simulation: reorder points played event by event, beside what the laws promise.

A judge: it shares no formula with `inventory` or the optimizer. One echelon.
"""

from planning.simulate.result import SimulationResult as SimulationResult
from planning.simulate.run import SimulationSettings as SimulationSettings
from planning.simulate.run import simulate as simulate
