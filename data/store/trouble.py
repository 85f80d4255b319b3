"""What a database that cannot be used raises, from whichever layer it comes."""

import sqlite3
from typing import Final

import psycopg
import sqlalchemy as sa

from data.store.retry import StoreBusy

STORE_TROUBLE: Final = (
    StoreBusy,
    TimeoutError,
    sa.exc.OperationalError,
    sqlite3.OperationalError,  # bulk paths speak to the driver itself
    psycopg.OperationalError,
)
