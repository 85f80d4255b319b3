"""How often an item orders; compiled in `kernels`."""
