"""The company's database: one schema on SQLite and PostgreSQL, the stock ledger, its checks.

Only this package knows SQL. It hands out plain rows and frames, never table objects, and computes
no figure a planner would argue about.
"""
