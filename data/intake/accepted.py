"""Tables that were taken in: ids as codes of the master tables, as words where they are asked for.

Millions of rows name a few thousand parts. A code is four bytes and leads to its part without a
search, so most of what is asked of such a table needs no word.
"""

from collections.abc import Iterator, Mapping

import polars as pl

Tables = Mapping[str, pl.DataFrame]


class Accepted(Tables):
    """Tables by name, their ids in words; `coded` hands out the same rows with codes."""

    def __init__(self, coded: Tables) -> None:
        self._coded = dict(coded)
        self._in_words: dict[str, pl.DataFrame] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        """The table of that name; words are made once, when they are first asked for."""
        if name not in self._in_words:
            self._in_words[name] = self._coded[name].cast({pl.Enum: pl.String})
        return self._in_words[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._coded)

    def __len__(self) -> int:
        return len(self._coded)

    def coded(self, name: str) -> pl.DataFrame:
        """The table of that name as it came in."""
        return self._coded[name]


def coded(tables: Tables, name: str) -> pl.DataFrame:
    """A table with its ids as codes where there are any, for work that takes both."""
    return tables.coded(name) if isinstance(tables, Accepted) else tables[name]
