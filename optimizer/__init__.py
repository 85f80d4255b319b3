"""What to stock: demand, costs and targets become a stocking plan with its bound."""
