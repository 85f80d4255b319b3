"""Candidate rows of parts that wait for each other: a depot above, its sites below."""
