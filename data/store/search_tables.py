"""Tables by which parts are found: numbers and words, and numbers with one sign left out."""

from typing import Final

import sqlalchemy as sa

from data.store.columns import METADATA, moment, sorted_word, whole, word

PART_WORDS: Final = sa.Table(
    "part_words",
    METADATA,
    whole("generation", "which making of the index", key=True),
    whole("is_number", "1: the part number itself; 0: a word of it or its description", key=True),
    sorted_word("word", "a number or word, in capitals, letters and digits only"),
    word("part_id", "part number", key=True),
    sqlite_with_rowid=False,
)
PART_TYPOS: Final = sa.Table(
    "part_typos",
    METADATA,
    whole("generation", "which making of the index", key=True),
    sorted_word("typo", "a number with one sign left out"),
    word("part_id", "part number", key=True),
    sqlite_with_rowid=False,
)
PART_INDEX: Final = sa.Table(
    "part_index",
    METADATA,
    whole("index_id", "always 1", key=True),
    whole("generation", "the making that readers use", required=True),
    word("batch_id", "the delivery of parts it was made from", required=True),
    moment("made_at", "UTC", required=True),
    sa.CheckConstraint("index_id = 1", name="only_one"),
)
