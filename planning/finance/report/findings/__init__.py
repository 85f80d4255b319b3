"""What the report finds: a title that says it, a picture and tables that show it."""
