"""Pages for people with a browser: the same use cases as the API, rendered on the server."""
