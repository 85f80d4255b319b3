"""Version 1 of the API: one module per noun, shapes and routes side by side."""
