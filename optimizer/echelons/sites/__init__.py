"""Sites whose depot serves batches of one size alone: their law behind each of its levels."""
