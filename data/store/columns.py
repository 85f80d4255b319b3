"""The kinds of column there are, so that a unit is written down once and never forgotten."""

from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
METADATA: Final = sa.MetaData(naming_convention=NAMING)
MOST_PIECES: Final = 10**12  # far above any stock, far below what an integer column overflows at
Number: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class Instant(sa.types.TypeDecorator[datetime]):
    """A moment in UTC: `timestamptz` on PostgreSQL, sortable ISO 8601 text on SQLite."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        """Text where the engine has no time zones."""
        return dialect.type_descriptor(sa.Text() if dialect.name == "sqlite" else self.impl)

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        """Refuse a moment without a time zone: it would mean another moment elsewhere."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no time zone")
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        """Back as a moment in UTC."""
        if value is None:
            return None
        return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


def word(name: str, comment: str, *, required: bool = False, key: bool = False) -> sa.Column[str]:
    """A code, an identifier or a text."""
    return sa.Column(
        name, sa.Text, nullable=not (required or key), primary_key=key, comment=comment
    )


def sorted_word(name: str, comment: str) -> sa.Column[str]:
    """A key that is compared byte by byte on every engine, so that a range finds a prefix."""
    kind = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, kind, primary_key=True, comment=comment)


def whole(name: str, comment: str, *, required: bool = False, key: bool = False) -> sa.Column[int]:
    """A whole number; the comment says of what."""
    return sa.Column(
        name,
        Number,
        nullable=not (required or key),
        primary_key=key,
        comment=comment,
        autoincrement=False,
    )


def serial(name: str, comment: str) -> sa.Column[int]:
    """A running number given by the database."""
    return sa.Column(name, Number, primary_key=True, autoincrement=True, comment=comment)


def figure(name: str, comment: str, *, required: bool = False) -> sa.Column[float]:
    """A real number in double precision; the comment says its unit."""
    return sa.Column(name, sa.Double, nullable=not required, comment=comment)


def day(name: str, comment: str, *, required: bool = False) -> sa.Column[Any]:
    """A calendar day."""
    return sa.Column(name, sa.Date, nullable=not required, comment=comment)


def moment(name: str, comment: str, *, required: bool = False) -> sa.Column[datetime]:
    """A moment in UTC."""
    return sa.Column(name, Instant, nullable=not required, comment=comment)


def yes_or_no(name: str, comment: str, *, required: bool = False) -> sa.Column[bool]:
    """A flag."""
    return sa.Column(name, sa.Boolean, nullable=not required, comment=comment)


def one_of(column: str, *words: str) -> sa.CheckConstraint:
    """`column` holds one of `words`."""
    listed = ", ".join(f"'{each}'" for each in words)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_is_known")
