"""What is to come, and who waits."""
