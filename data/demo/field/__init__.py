"""The machines in the field and what becomes of them: the only source of demand."""
