"""Request sizes from what little is known of them; compiled in `kernels`."""
