"""What the product does: plan, evaluate, replay, simulate, and their commands."""
