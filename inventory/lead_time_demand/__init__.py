"""Lead-time demand: its moments and, compiled in `kernels`, its whole law."""
