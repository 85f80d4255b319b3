"""The command `sparewise`: arguments in, one use case, tables and a summary out.

Commands import what they need when they run, so that `--help` answers at once.
"""
