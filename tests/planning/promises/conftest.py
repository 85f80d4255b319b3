"""One migrated, empty store per test, on each engine."""

from tests.data.store.conftest import (  # noqa: F401 - fixtures of the store's own tests
    cluster,
    engine_name,
    migrated_file,
    place,
    store,
)
