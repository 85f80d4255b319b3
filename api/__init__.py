"""Every door of the product: HTTP, sign-in, pages, and the entry point `sparewise`.

A new noun is a module in `api/v1/`: a router with `route_class=GuardedRoute` and its whole prefix,
shapes (`Body` for what comes in, `Shown` for what goes out), and routes that say whom they are for
with `@allow(...)`. A read is `await ask.read(lambda connection: ...)`, in one view of the database;
a write is `await ask.perform(lambda signed: use_case(store, signed, ...))`, which answers with an
`inventory.ledger.Answer` and takes effect once under its key. Add the router to `_ROUTERS` in
`api/app.py`, its statuses to `STATUS_OF` in `api/problem.py`, its cells to the role matrix of
`tests/api/matrix.py`.
"""
