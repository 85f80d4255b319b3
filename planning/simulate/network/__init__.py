"""Simulation of networks: stock at several echelons played event by event.

A judge: it shares no formula with `inventory` or the optimizer. What happens between the locations
of a part is in `rules`, which the replay of networks plays too.
"""

from planning.simulate.network.forest import Repairs as Repairs
from planning.simulate.network.run import NetworkItems as NetworkItems
from planning.simulate.network.run import RecordedRequests as RecordedRequests
from planning.simulate.network.run import simulate_network as simulate_network
