"""What will be asked for: from histories to predictive demand, with the reason."""
