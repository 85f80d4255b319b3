"""What ordering in batches does to a depot and to the sites behind it."""
