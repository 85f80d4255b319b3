"""Words and laws: what a stock level is worth. Nothing here chooses one."""
