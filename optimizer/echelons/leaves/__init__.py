"""What leaves are worth at least behind whatever makes them wait."""
