"""How it is reached: the entry point `sparewise`."""
