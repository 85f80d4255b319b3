"""What moved and what lies there: demand, stock, orders, and the levels in force."""

import numpy as np
import polars as pl

from data.demo.calendar import HISTORY_DAYS, HORIZON_DAYS
from data.demo.company import Company
from data.demo.field.demand import Requests
from data.demo.shelf.kernels import UNKNOWN
from data.demo.tables.words import days, location_ids, numbered, part_ids, supplier_ids
from inventory.demand import Ints

ORDER, PART, LOCATION, PIECES, ORDERED, PROMISED, RECEIVED = range(7)  # columns of a shipment


def demand(company: Company) -> pl.DataFrame:
    """Every request of the history."""
    return _requests(company, company.requests.within(0, HISTORY_DAYS))


def demand_of_the_next_year(company: Company) -> pl.DataFrame:
    """Every request of the year after, which no table of the input folder knows."""
    return _requests(company, company.requests.within(HISTORY_DAYS, HORIZON_DAYS))


def _requests(company: Company, asked: Requests) -> pl.DataFrame:
    classes = pl.Series(["standard", "key"])
    return pl.DataFrame(
        {
            "part_id": part_ids(company.catalogue).gather(asked.part),
            "location_id": location_ids(company.network).gather(asked.location),
            "date": days(asked.day),
            "quantity": asked.pieces,
            "document_id": numbered("RO", asked.order, 7),
            "customer_class": classes.gather(company.clients.key_account[asked.customer]),
        }
    )


def stock(company: Company) -> pl.DataFrame:
    """Stock at the last month ends of every item that is stocked or holds or owes anything."""
    shelves, levels = company.shelves, company.levels
    shown = levels.kept.ravel() | shelves.seen.any(axis=(0, 1))
    item, looks = np.flatnonzero(shown), len(shelves.looks)
    part, location = (pl.concat([ids] * looks) for ids in _split(item, company))
    on_hand, on_order, owed = shelves.seen[:, :, item].reshape(3, -1)
    return pl.DataFrame(
        {
            "part_id": part,
            "location_id": location,
            "on_hand": on_hand,
            "reserved": np.zeros_like(on_hand),
            "on_order": on_order,
            "backorders": owed,
            "as_of": days(np.repeat(shelves.looks, len(item))),
        }
    )


def open_orders(company: Company) -> pl.DataFrame:
    """What was ordered and is not there; without a day where the parent has nothing to send."""
    sent = company.shelves.shipments
    late = sent[(sent[:, RECEIVED] >= HISTORY_DAYS) | (sent[:, RECEIVED] == UNKNOWN)]
    known = late[:, PROMISED] != UNKNOWN
    return _orders(company, late).with_columns(
        ordered_on=days(late[:, ORDERED]),
        expected_on=pl.select(pl.when(pl.Series(known)).then(days(late[:, PROMISED]))).to_series(),
        supplier_id=_suppliers(company, late),
    )


def receipts(company: Company) -> pl.DataFrame:
    """What was ordered and came, on the day promised or not."""
    sent = company.shelves.shipments
    came = sent[(sent[:, RECEIVED] < HISTORY_DAYS) & (sent[:, RECEIVED] != UNKNOWN)]
    return _orders(company, came).with_columns(
        ordered_on=days(came[:, ORDERED]),
        promised_on=days(came[:, PROMISED]),
        received_on=days(came[:, RECEIVED]),
        supplier_id=_suppliers(company, came),
    )


def _orders(company: Company, sent: Ints) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "order_id": numbered("OR", sent[:, ORDER].astype(np.int64) + 1, 7),
            "part_id": part_ids(company.catalogue).gather(sent[:, PART]),
            "location_id": location_ids(company.network).gather(sent[:, LOCATION]),
            "quantity": sent[:, PIECES].astype(np.int64),
        }
    )


def _suppliers(company: Company, sent: Ints) -> pl.Series:
    """Who delivers; blank where the parent does."""
    bought = pl.Series(company.network.parent[sent[:, LOCATION]] < 0)
    ids = supplier_ids(company.catalogue.supplier).gather(sent[:, PART])
    return pl.select(pl.when(bought).then(ids)).to_series()


def current_policies(company: Company) -> pl.DataFrame:
    """The levels that the planner has set."""
    levels = company.levels
    item = np.flatnonzero(levels.kept)
    part, location = _split(item, company)
    return pl.DataFrame(
        {
            "part_id": part,
            "location_id": location,
            "reorder_point": levels.reorder_point.ravel()[item],
            "order_quantity": levels.order_quantity.ravel()[item],
        }
    )


def _split(item: Ints, company: Company) -> tuple[pl.Series, pl.Series]:
    """Part and location of item numbers."""
    part, location = np.divmod(item, len(company.network))
    ids = part_ids(company.catalogue), location_ids(company.network)
    return ids[0].gather(part), ids[1].gather(location)
