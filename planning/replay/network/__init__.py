"""Replay of networks: recorded requests played day by day, stock at several echelons."""

from planning.replay.network.run import replay_network as replay_network
