"""Repair orders: opened with a promise for every line, followed until their parts are used.

The ledger holds the pieces, `planning.promises` judges the ways; nothing here knows SQL or HTTP.
"""
