"""Who may come in: signing in and out, accounts, keys, the first admin."""
