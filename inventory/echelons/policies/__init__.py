"""Measures of a whole network at given policies."""
