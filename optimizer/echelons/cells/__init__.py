"""What leaves are worth at least anywhere in a cell of lead-time laws."""
