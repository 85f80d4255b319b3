"""Accounts and keys, on each engine."""
