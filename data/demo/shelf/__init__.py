"""The shelves: how requests, orders and deliveries move stock."""
