"""Laws of a whole number known by its mean and variance; compiled in `kernels`."""
