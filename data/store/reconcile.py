"""The ERP's stock snapshot against the ledger: every difference shown, then booked, none dropped.

A snapshot speaks of one moment. What the ledger moved after it stands; only what it had wrong at
that moment is corrected. An item that somebody counted since keeps the count, and an item the
snapshot does not name keeps its pieces: silence is not zero.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import polars as pl
import sqlalchemy as sa

from data.store import at_risk, audit, balances
from data.store.batches import content_hash
from data.store.bulk import read_rows, write_in_turns
from data.store.engine import Store
from data.store.journal import open_movement, post
from data.store.ledger_tables import BALANCES, DIFFERENCES, JOURNAL, MOVEMENTS, RECONCILIATIONS
from inventory.ledger import Account, Posting, Request, moved

_ITEM: Final = ["part_id", "location_id"]
_TURN: Final = "d.reconciliation_id = :number AND d.row_number BETWEEN :first AND :last"
_AT_ITEM: Final = "{}.part_id = d.part_id AND {}.location_id = d.location_id"
_LOCK: Final = f"""
    SELECT b.on_hand FROM stock_balances b JOIN stock_differences d ON {_AT_ITEM.format("b", "b")}
    WHERE {_TURN} ORDER BY b.part_id, b.location_id FOR UPDATE OF b
"""
_MINE: Final = "SELECT state FROM reconciliations WHERE reconciliation_id = :number FOR UPDATE"
_LEAVE: Final = f"""
    UPDATE stock_differences AS d SET applied = 0 WHERE {_TURN} AND d.applied IS NULL
    AND (d.counted IS NULL
    OR d.counted < d.booked AND EXISTS (
        SELECT 1 FROM stock_balances b WHERE {_AT_ITEM.format("b", "b")} AND b.on_hand = 0)
    OR EXISTS (
        SELECT 1 FROM journal j JOIN movements m ON m.movement_id = j.movement_id
        WHERE {_AT_ITEM.format("j", "j")} AND m.kind IN ('count', 'correction')
        AND m.at > :counted_at))
"""
_OPEN: Final = f"""
    INSERT INTO stock_balances (part_id, location_id, on_hand, reserved)
    SELECT d.part_id, d.location_id, 0, 0 FROM stock_differences d
    WHERE {_TURN} AND d.applied IS NULL ON CONFLICT DO NOTHING
"""
_DELICATE: Final = f"""
    SELECT d.row_number, d.part_id, d.location_id, d.counted - d.booked AS difference
    FROM stock_differences d JOIN stock_balances b ON {_AT_ITEM.format("b", "b")}
    WHERE {_TURN} AND d.applied IS NULL AND (b.on_hand + d.counted - d.booked < b.reserved
    OR EXISTS (SELECT 1 FROM reservation_lines l
               WHERE {_AT_ITEM.format("l", "l")} AND l.at_risk > 0)
    OR EXISTS (SELECT 1 FROM repair_lines w
               WHERE {_AT_ITEM.format("w", "w")} AND w.state = 'waiting'))
    ORDER BY d.row_number
"""
_LEFT: Final = f"SELECT COUNT(*) FROM stock_differences d WHERE {_TURN} AND d.applied IS NULL"
_BALANCE: Final = f"""
    UPDATE stock_balances SET on_hand = stock_balances.on_hand + d.counted - d.booked
    FROM stock_differences d
    WHERE {_TURN} AND d.applied IS NULL AND {_AT_ITEM.format("stock_balances", "stock_balances")}
"""
_SIDES: Final = f"""
    INSERT INTO journal (movement_id, account, part_id, location_id, pieces)
    SELECT :movement, :account, d.part_id, d.location_id, :sign * (d.counted - d.booked)
    FROM stock_differences d WHERE {_TURN} AND d.applied IS NULL
"""
_BOOKED: Final = f"""
    UPDATE stock_differences AS d SET applied = d.counted - d.booked
    WHERE {_TURN} AND d.applied IS NULL
"""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A stretch of differences that is booked in one transaction."""

    number: int
    first: int
    last: int
    counted_at: datetime

    @property
    def bounds(self) -> dict[str, int]:
        return {"number": self.number, "first": self.first, "last": self.last}


def reconcile(
    store: Store,
    snapshot: pl.DataFrame,
    request: Request,
    *,
    counted_at: datetime,
    rows_per_turn: int = 500,
    places: Collection[str] | None = None,
) -> pl.DataFrame:
    """Book what `snapshot` (part_id, location_id, on_hand) says of `counted_at`; once per snapshot.

    `places` are those it speaks of; None: every one. Days end at another moment elsewhere.

    Returns the differences: part_id, location_id, booked, counted (null = not in the snapshot),
    applied, lost_holds (pieces no longer held for reservations, each with an event), remark.
    """
    number = _begin(store, snapshot, request, counted_at, places)
    with store.read() as connection:
        rows = sa.func.coalesce(sa.func.max(DIFFERENCES.c.row_number), -1) + 1
        mine = DIFFERENCES.c.reconciliation_id == number
        total = connection.execute(sa.select(rows).where(mine)).scalar_one()
    for first in range(0, total, rows_per_turn):
        turn = _Turn(number, first, first + rows_per_turn - 1, counted_at)
        store.transact(lambda connection, each=turn: _book(connection, request, each))  # type: ignore[misc]
    store.transact(lambda connection: _mark(connection, number, "applied"))
    return differences(store, number)


def differences(store: Store, number: int) -> pl.DataFrame:
    """The differences of one reconciliation, with a remark where not all of one was booked."""
    names = (*_ITEM, "booked", "counted", "applied", "lost_holds")
    query = sa.select(*(DIFFERENCES.c[name] for name in names))
    query = query.where(DIFFERENCES.c.reconciliation_id == number)
    with store.read() as connection:
        found = read_rows(connection, query.order_by(DIFFERENCES.c.row_number))
    wanted = pl.col("counted") - pl.col("booked")
    remark = (
        pl.when(pl.col("counted").is_null())
        .then(pl.lit("not in the snapshot"))
        .when(pl.col("applied") == wanted)
        .then(pl.lit(""))
        .when(pl.col("applied") == 0)
        .then(pl.lit("counted or moved since"))
        .otherwise(pl.lit("fewer left than to take off"))
    )
    return found.with_columns(remark.alias("remark"))


def _begin(
    store: Store,
    snapshot: pl.DataFrame,
    request: Request,
    counted_at: datetime,
    places: Collection[str] | None,
) -> int:
    """The number of the reconciliation of this snapshot, its differences written down."""
    counts = snapshot.select(*_ITEM, pl.col("on_hand").alias("counted")).sort(_ITEM)
    if places is not None:
        counts = counts.filter(pl.col("location_id").is_in(list(places)))
    hashed = content_hash(counts.with_columns(at=pl.lit(counted_at.isoformat())))
    known = sa.select(RECONCILIATIONS).where(RECONCILIATIONS.c.content_hash == hashed)
    row = {
        "actor": request.actor,
        "counted_at": counted_at,
        "at": request.at,
        "content_hash": hashed,
        "state": "loading",
    }

    def claim(connection: sa.Connection) -> tuple[int, str]:
        if connection.execute(known).first() is None:
            connection.execute(sa.insert(RECONCILIATIONS), row)
        found = connection.execute(known).one()
        return found.reconciliation_id, found.state

    number, state = store.transact(claim)
    if state != "loading":
        return number
    mine = sa.delete(DIFFERENCES).where(DIFFERENCES.c.reconciliation_id == number)
    store.transact(lambda connection: connection.execute(mine))
    compared = _compared(store, counts, number, counted_at, places)
    write_in_turns(store, DIFFERENCES, compared)
    store.transact(lambda connection: _mark(connection, number, "open"))
    return number


def _compared(
    store: Store,
    counts: pl.DataFrame,
    number: int,
    counted_at: datetime,
    places: Collection[str] | None,
) -> pl.DataFrame:
    """Where ledger and snapshot differ, as the ledger was at the snapshot's moment."""
    later = (
        sa.select(JOURNAL.c.part_id, JOURNAL.c.location_id, JOURNAL.c.pieces)
        .join(MOVEMENTS, MOVEMENTS.c.movement_id == JOURNAL.c.movement_id)
        .where(MOVEMENTS.c.at > counted_at, JOURNAL.c.account.in_(["available", "reserved"]))
    )
    with store.read() as connection:
        now = read_rows(connection, sa.select(BALANCES))
        if places is not None:
            now = now.filter(pl.col("location_id").is_in(list(places)))
        since = read_rows(connection, later).group_by(_ITEM).agg(pl.col("pieces").sum())
    booked = (
        now.join(since, on=_ITEM, how="left")
        .select(*_ITEM, (pl.col("on_hand") - pl.col("pieces").fill_null(0)).alias("booked"))
        .join(counts, on=_ITEM, how="full", coalesce=True)
        .with_columns(pl.col("booked").fill_null(0))
    )
    differing = booked.filter(pl.col("counted").ne_missing(pl.col("booked")))
    named_or_there = pl.col("counted").is_not_null() | (pl.col("booked") != 0)
    return (
        differing.filter(named_or_there)
        .sort(_ITEM)
        .with_row_index("row_number")
        .with_columns(
            pl.lit(number, pl.Int64).alias("reconciliation_id"),
            pl.lit(0, pl.Int64).alias("lost_holds"),
        )
    )


def _book(connection: sa.Connection, request: Request, turn: _Turn) -> None:
    def run(statement: str, **more: Any) -> Any:
        named = sa.text(statement)
        if "counted_at" in more:
            named = named.bindparams(sa.bindparam("counted_at", type_=MOVEMENTS.c.at.type))
        return connection.execute(named, {**turn.bounds, **more})

    if connection.dialect.name != "sqlite":
        run(_MINE)
        run(_LOCK)
    run(_LEAVE, counted_at=turn.counted_at)
    run(_OPEN)
    if not run(_LEFT).scalar_one():
        return
    of_then = replace(request, at=turn.counted_at)
    subject = f"reconciliation {turn.number}"
    movement_id = open_movement(connection, of_then, "snapshot", document_id=subject)
    for row in run(_DELICATE).all():
        _book_delicate(connection, request, turn, movement_id, row)
    run(_BALANCE)
    for account, sign in ((Account.AVAILABLE, 1), (Account.ADJUSTMENT, -1)):
        run(_SIDES, movement=movement_id, account=account.value, sign=sign)
    run(_BOOKED)
    audit.append(connection, request, "snapshot", subject, turn.bounds, movement_id)


def _book_delicate(
    connection: sa.Connection, request: Request, turn: _Turn, movement_id: int, row: Any
) -> None:
    """Book one difference that touches promises: holds may be lost, or promises covered again."""
    item = (row.part_id, row.location_id)
    balance = balances.read(connection, *item)
    applied = max(row.difference, -balance.on_hand)
    lost = max(0, balance.reserved - balance.on_hand - applied)
    sides: tuple[Posting, ...] = ()
    if applied:
        sides += moved(applied, *item, Account.ADJUSTMENT, Account.AVAILABLE)
    if lost:
        sides += moved(lost, *item, Account.RESERVED, Account.AVAILABLE)
    post(connection, movement_id, sides)
    at_risk.lose(connection, request, movement_id, item, lost)
    at_risk.cover(connection, request, movement_id, item)
    mine = sa.and_(
        DIFFERENCES.c.reconciliation_id == turn.number, DIFFERENCES.c.row_number == row.row_number
    )
    connection.execute(sa.update(DIFFERENCES).where(mine).values(applied=applied, lost_holds=lost))


def _mark(connection: sa.Connection, number: int, state: str) -> None:
    mine = RECONCILIATIONS.c.reconciliation_id == number
    connection.execute(sa.update(RECONCILIATIONS).where(mine).values(state=state))
