"""The finance report: what stock is worth and why, what it costs, what it serves, what comes."""
