"""The night: what came in is frozen, planned, checked by a second opinion and published whole."""
