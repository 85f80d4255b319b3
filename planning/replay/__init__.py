"""Replay: recorded requests played against reorder points, without any law of demand.

A judge: what would have been on the shelf, who would have waited, what would have been ordered.
"""

from planning.replay.run import ReplayResult as ReplayResult
from planning.replay.run import replay as replay
from planning.replay.timeline import Period as Period
