"""The index parts are found by: made anew when other parts came in, read in microseconds.

Three kinds of row: a part's number, words of it and of its description, and its number with one
sign left out. Two numbers that differ in one sign (one too many, one too few, another one, two that
changed places) share such a row, so a typing error is found by a handful of look-ups.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

import polars as pl
import sqlalchemy as sa

from data.store.batches import batches_in_force
from data.store.bulk import read_rows, write_in_turns
from data.store.engine import Store
from data.store.master_tables import INCOMING
from data.store.prepared import Prepared
from data.store.search_tables import PART_INDEX, PART_TYPOS, PART_WORDS

_ROWS_PER_TURN: Final = 20_000
_LONGEST_TYPED: Final = 24  # longer numbers are pasted, not typed
_SHORTEST_TYPED: Final = 4
_LEAST_LETTERS: Final = 2
_MOST_WORDS: Final = 5
_MOST_CANDIDATES: Final = 2_000
_LAST: Final = "\U0010ffff"
_NO_SIGN: Final = r"[^\p{L}\p{N}]+"


@dataclass(frozen=True, slots=True)
class Hit:
    """A part that was found, and how: by number, a number nearly the same, or words."""

    part_id: str
    how: Literal["number", "nearly", "words"]
    word: str


def refresh(store: Store, now: datetime) -> int:
    """Make the index anew unless it is that of the parts in force; returns how many parts it has.

    Readers use the index there was until the new one is whole.
    """
    with store.read() as connection:
        batch = batches_in_force(connection).get("parts", "")
        made = connection.execute(sa.select(PART_INDEX)).first()
        table = INCOMING["parts"]
        query = sa.select(table.c.part_id, table.c.description).where(table.c.batch_id == batch)
        parts = read_rows(connection, query)
    if made is not None and made.batch_id == batch:
        return parts.height
    generation = int(now.timestamp() * 1e6)
    number = pl.lit(generation, pl.Int64).alias("generation")
    for target, rows in ((PART_WORDS, words_of(parts)), (PART_TYPOS, typos_of(parts))):
        write_in_turns(store, target, rows.with_columns(number), rows_per_turn=_ROWS_PER_TURN)
    row = {"index_id": 1, "generation": generation, "batch_id": batch, "made_at": now}
    store.transact(lambda connection: _put_in_force(connection, row))
    for target in (PART_WORDS, PART_TYPOS):
        _clear(store, target, generation)
    return parts.height


def words_of(parts: pl.DataFrame) -> pl.DataFrame:
    """is_number, word, part_id: the number whole, and the words it and its description are of."""
    plain = _plain(pl.col("part_id"))
    numbers = parts.select(pl.lit(1, pl.Int64).alias("is_number"), plain.alias("word"), "part_id")
    text = pl.concat_str("part_id", pl.col("description").fill_null(""), separator=" ")
    words = (
        parts.select(
            pl.lit(0, pl.Int64).alias("is_number"),
            text.str.to_uppercase().str.replace_all(_NO_SIGN, " ").str.split(" ").alias("word"),
            "part_id",
        )
        .explode("word")
        .filter(pl.col("word").str.len_chars() >= _LEAST_LETTERS)
    )
    both = pl.concat([numbers.filter(pl.col("word") != ""), words])
    return both.unique().sort("is_number", "word", "part_id")


def typos_of(parts: pl.DataFrame) -> pl.DataFrame:
    """typo, part_id: each number with one sign left out."""
    numbers = parts.select(_plain(pl.col("part_id")).alias("word"), "part_id")
    length = pl.col("word").str.len_chars()
    typed = numbers.filter(length.is_between(_SHORTEST_TYPED, _LONGEST_TYPED))
    pieces = [
        typed.filter(length > place).select(
            (pl.col("word").str.head(place) + pl.col("word").str.slice(place + 1)).alias("typo"),
            "part_id",
        )
        for place in range(_LONGEST_TYPED)
    ]
    return pl.concat(pieces).unique().sort("typo", "part_id")


def plain(text: str) -> str:
    """A number as the index keeps it: capitals, letters and digits only."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def find(
    connection: sa.Connection, text: str, limit: int, after: tuple[str, str] = ("", "")
) -> list[Hit]:
    """Parts that `text` may mean, the likeliest first.

    Numbers that begin with it; where there are none, numbers one typing error away; then parts
    with all of its words. `after` (kind and word, part number) goes on with a list.
    """
    generation = _generation(connection)
    if generation is None:
        return []
    kind, _, word = after[0].partition(" ")
    place = {"number": generation, "after_word": word, "after_part": after[1], "most": limit}
    hits: list[Hit] = []
    whole = plain(text)
    if kind in ("", "number") and whole:
        asked = {**place, "first": whole, "last": whole + _LAST}
        begins = _BEGINS.rows(connection, **asked)
        hits = [Hit(part_id, "number", word) for word, part_id in begins]
        if not hits and not kind:
            hits = _nearly(connection, generation, whole, limit)
    if len(hits) < limit and kind in ("", "number", "words"):
        if kind != "words":
            place |= {"after_word": "", "after_part": ""}
        known = {hit.part_id for hit in hits}
        more = _with_words(connection, text, place)
        hits += [hit for hit in more if hit.part_id not in known][: limit - len(hits)]
    return hits


def one_error_apart(one: str, other: str) -> bool:
    """True when one sign too many, too few or another, or two that changed places, is all."""
    if abs(len(one) - len(other)) > 1:
        return False
    short, long = sorted((one, other), key=len)
    same = next(
        (n for n, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
    )
    if len(short) < len(long):
        return short[same:] == long[same + 1 :]
    swapped = short[same + 1 : same + 2] + short[same : same + 1] + short[same + 2 :]
    return short[same + 1 :] == long[same + 1 :] or swapped == long[same:]


_G: Final[Any] = sa.bindparam("number")
_WORDS, _TYPOS = PART_WORDS.c, PART_TYPOS.c
_GENERATION: Final = Prepared(sa.select(PART_INDEX.c.generation))
_AFTER: Final = sa.tuple_(sa.bindparam("after_word"), sa.bindparam("after_part"))
_BEGINS: Final = Prepared(
    sa.select(_WORDS.word, _WORDS.part_id)
    .where(
        _WORDS.generation == _G,
        _WORDS.is_number == 1,
        _WORDS.word >= sa.bindparam("first"),
        _WORDS.word < sa.bindparam("last"),
        sa.tuple_(_WORDS.word, _WORDS.part_id) > _AFTER,
    )
    .order_by(_WORDS.word, _WORDS.part_id)
    .limit(sa.bindparam("most"))
)
_SHORTER: Final = Prepared(
    sa.select(_WORDS.part_id).where(
        _WORDS.generation == _G,
        _WORDS.is_number == 1,
        _WORDS.word.in_(sa.bindparam("left_out", expanding=True)),
    )
)
_NEARLY: Final = Prepared(
    sa.select(_TYPOS.part_id).where(
        _TYPOS.generation == _G, _TYPOS.typo.in_(sa.bindparam("left_out", expanding=True))
    )
)


def _generation(connection: sa.Connection) -> int | None:
    for (generation,) in _GENERATION.rows(connection):
        return int(generation)
    return None


def _nearly(connection: sa.Connection, generation: int, whole: str, limit: int) -> list[Hit]:
    if not _SHORTEST_TYPED <= len(whole) <= _LONGEST_TYPED:
        return []
    shorter = sorted({whole[:place] + whole[place + 1 :] for place in range(len(whole))})
    found = {one for (one,) in _SHORTER.rows(connection, number=generation, left_out=shorter)}
    left_out = [whole, *shorter]
    found |= {one for (one,) in _NEARLY.rows(connection, number=generation, left_out=left_out)}
    near = sorted(part for part in found if one_error_apart(whole, plain(part)))
    return [Hit(part, "nearly", "") for part in near[:limit]]


def _with_words(connection: sa.Connection, text: str, place: dict[str, Any]) -> list[Hit]:
    words = ["".join(s for s in word if s.isalnum()) for word in text.upper().split()]
    words = sorted((w for w in words if len(w) >= _LEAST_LETTERS), key=len, reverse=True)
    words = words[:_MOST_WORDS]
    if not words:
        return []
    asked = {f"first_{n}": word for n, word in enumerate(words)}
    asked |= {f"last_{n}": word + _LAST for n, word in enumerate(words)}
    seen: dict[str, Hit] = {}
    for word, part_id in _HAVE_WORDS[len(words) - 1].rows(connection, **place, **asked):
        seen.setdefault(part_id, Hit(part_id, "words", word))
    return list(seen.values())


def _having(words: int) -> sa.Select[Any]:
    """Parts that have a word in each of so many ranges, by the word in the first one."""
    mine = PART_WORDS.alias()
    candidates = (
        sa.select(mine.c.word, mine.c.part_id)
        .where(_in_range(mine, 0), sa.tuple_(mine.c.word, mine.c.part_id) > _AFTER)
        .order_by(mine.c.word, mine.c.part_id)
        .limit(_MOST_CANDIDATES)
    )
    found = candidates.subquery()
    asked = sa.select(found.c.word, found.c.part_id)
    for n in range(1, words):
        other = PART_WORDS.alias()
        same = other.c.part_id == found.c.part_id
        asked = asked.where(sa.exists().where(_in_range(other, n), same))
    return asked.order_by(found.c.word, found.c.part_id).limit(sa.bindparam("most"))


def _in_range(table: sa.FromClause, n: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        table.c.generation == _G,
        table.c.is_number == 0,
        table.c.word >= sa.bindparam(f"first_{n}"),
        table.c.word < sa.bindparam(f"last_{n}"),
    )


_HAVE_WORDS: Final = tuple(Prepared(_having(words)) for words in range(1, _MOST_WORDS + 1))


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.to_uppercase().str.replace_all(_NO_SIGN, "")


def _put_in_force(connection: sa.Connection, row: dict[str, Any]) -> None:
    connection.execute(sa.delete(PART_INDEX))
    connection.execute(sa.insert(PART_INDEX), row)


def _clear(store: Store, table: sa.Table, keep: int) -> None:
    """Delete the rows of every other making, in turns."""
    key = sa.tuple_(*table.primary_key.columns)
    old = table.c.generation != keep
    some = sa.select(*table.primary_key.columns).where(old).limit(_ROWS_PER_TURN)
    few = sa.delete(table).where(key.in_(some))
    while store.transact(lambda connection: connection.execute(few).rowcount) > 0:
        continue
