"""What service costs: the efficient curve, what-if, reports, and the forms figures come in."""
