"""What every level of one item is worth; compiled in `kernels`."""
