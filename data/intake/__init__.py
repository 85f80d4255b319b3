"""The door: foreign tables become accepted rows, rejected rows and refused files."""
