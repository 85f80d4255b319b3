"""Where it is written: the door for tables, and the demo company."""
