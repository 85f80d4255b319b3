"""Levels of a whole network: what every location delivers, given what its parents hold."""
