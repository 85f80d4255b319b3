"""The promise: when a part can be had by each way, how surely, and how that is said.

Everything here judges a way; who asked, what is reserved and what it costs comes in as values.
Moments are days since 1970-01-01 UTC as real numbers (`days_of`), so laws are plain arithmetic.
"""
