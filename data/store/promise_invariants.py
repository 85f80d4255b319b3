"""What must be true of promises at every moment; I8 of the reliability catalogue."""

from typing import Final

PROMISES: Final = (
    (
        "I8",
        "Every line of a repair order has its promise.",
        "SELECT repair_order_id, line FROM repair_lines l WHERE NOT EXISTS"
        " (SELECT 1 FROM promises p"
        " WHERE p.repair_order_id = l.repair_order_id AND p.line = l.line)",
    ),
    (
        "I8",
        "Every move of a promise has its news.",
        "SELECT event_id FROM promise_events e WHERE NOT EXISTS (SELECT 1 FROM outbox o"
        " WHERE o.dedupe_key = 'promise event ' || e.event_id)",
    ),
    (
        "I8",
        "A promise moves from where it was.",
        "SELECT event_id FROM (SELECT e.event_id, e.old, p.promised_for,"
        " LAG(e.new) OVER (PARTITION BY e.promise_id ORDER BY e.event_id) AS before,"
        " ROW_NUMBER() OVER (PARTITION BY e.promise_id ORDER BY e.event_id) AS place"
        " FROM promise_events e JOIN promises p ON p.promise_id = e.promise_id) moves"
        " WHERE old IS DISTINCT FROM CASE WHEN place = 1 THEN promised_for ELSE before END",
    ),
    (
        "I8",
        "What counts as kept was there in time.",
        "SELECT p.promise_id FROM promise_outcomes o JOIN promises p"
        " ON p.promise_id = o.promise_id WHERE o.outcome = 'kept' AND o.at > p.promised_for",
    ),
    (
        "I9",
        "No promise is made for the past.",
        "SELECT promise_id FROM promises WHERE promised_for < made_at OR likely_by < made_at"
        " OR likely_by > promised_for",
    ),
)
