"""What a customer is told and how it is kept: ways to a part, promises, slips, scores.

Laws are in `inventory.promise`, tables in `data.store`; nothing here knows SQL or HTTP.
"""
