"""Statements of the busiest reads, compiled once: on SQLite they go straight to the driver.

Compiling, caching and wrapping rows costs several times what SQLite needs to answer.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

from data.store.columns import Instant


class Prepared:
    """A select of texts, whole numbers and moments, asked by name; rows are tuples.

    A parameter that takes many values is declared `expanding` and given as a sequence.
    """

    def __init__(self, query: sa.Select[Any]) -> None:
        self._query = query
        self._moments = [
            place
            for place, one in enumerate(query.selected_columns)
            if isinstance(one.type, Instant)
        ]
        self._compiled: dict[tuple[int, ...], tuple[str, list[str], dict[str, Any]]] = {}

    def rows(self, connection: sa.Connection, **values: Any) -> Sequence[Sequence[Any]]:
        """What it finds."""
        if connection.dialect.name != "sqlite":
            return connection.execute(self._query, values).all()
        sizes = tuple(len(one) for one in values.values() if isinstance(one, list | tuple))
        if sizes not in self._compiled:
            self._compiled[sizes] = self._compile(values)
        text, names, constants = self._compiled[sizes]
        flat = dict(constants)
        for name, value in values.items():
            if isinstance(value, list | tuple):
                flat.update({f"{name}_{place}": one for place, one in enumerate(value, 1)})
            else:
                flat[name] = value
        driver: Any = connection.connection.driver_connection
        found: list[Any] = driver.execute(text, [flat[name] for name in names]).fetchall()
        return [self._read(row) for row in found] if self._moments else found

    def _compile(self, values: dict[str, Any]) -> tuple[str, list[str], dict[str, Any]]:
        compiled = self._query.compile(dialect=sqlite.dialect())
        told = compiled.construct_expanded_state(values)
        return told.statement, list(told.positiontup or ()), dict(told.parameters)

    def _read(self, row: Sequence[Any]) -> Sequence[Any]:
        cells = list(row)
        for place in self._moments:
            if cells[place] is not None:
                cells[place] = datetime.fromisoformat(cells[place])
        return cells
