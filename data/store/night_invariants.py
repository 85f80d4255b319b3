"""What must be true of nights, plans and decisions, as questions that find what breaks it.

Plain SQL that shares nothing with the code that writes, like `invariants`, which asks these too.
"""

from typing import Final

NIGHTS: Final = (
    (
        "I7",
        "Every request that was answered has its trace.",
        "SELECT actor, route, at FROM idempotency WHERE code <> ''"
        " EXCEPT SELECT actor, action, at FROM audit",
    ),
    (
        "I10",
        "A proposal is what its decision says, and open without one.",
        "SELECT p.proposal_id, p.state, d.verdict FROM proposals p"
        " LEFT JOIN decisions d ON d.proposal_id = p.proposal_id"
        " WHERE (p.state IN ('approved', 'rejected', 'overridden')"
        " AND COALESCE(d.verdict, '') <> p.state)"
        " OR (p.state = 'released' AND COALESCE(d.verdict, 'rejected') = 'rejected')"
        " OR (p.state IN ('open', 'superseded') AND d.decision_id IS NOT NULL)",
    ),
    (
        "I10",
        "Every decision has its row in the audit.",
        "SELECT 'proposal ' || proposal_id || ' version ' || version, verdict FROM decisions"
        " EXCEPT SELECT subject, action FROM audit",
    ),
    (
        "I11",
        "The plan in force is that of a published run.",
        "SELECT p.run_id, r.state FROM published p LEFT JOIN runs r ON r.run_id = p.run_id"
        " WHERE COALESCE(r.state, '') <> 'published'",
    ),
    (
        "I11",
        "Changes that wait belong to runs there are, and to proposals they have seen.",
        "SELECT c.run_id, c.proposal_id FROM proposal_changes c"
        " LEFT JOIN runs r ON r.run_id = c.run_id"
        " JOIN proposals p ON p.proposal_id = c.proposal_id"
        " WHERE r.run_id IS NULL OR c.seen_version > p.version",
    ),
    (
        "I11",
        "One night runs at a time.",
        "SELECT run_id, fencing FROM runs WHERE state = 'running'"
        " AND fencing < (SELECT MAX(fencing) FROM runs WHERE state = 'running')",
    ),
    (
        "I12",
        "What is to be ordered respects the minimum and the multiple of its part.",
        "SELECT p.proposal_id, p.quantity, i.minimum_order_quantity, i.order_multiple"
        " FROM proposals p JOIN run_inputs b ON b.run_id = p.last_run_id AND b.table_name = 'parts'"
        " JOIN parts i ON i.batch_id = b.batch_id AND i.part_id = p.part_id"
        " WHERE p.kind = 'order' AND p.state <> 'superseded'"
        " AND (p.quantity < COALESCE(i.minimum_order_quantity, 1)"
        " OR p.quantity / COALESCE(i.order_multiple, 1) * COALESCE(i.order_multiple, 1)"
        " <> p.quantity)",
    ),
    (
        "I12",
        "A release hands over as many decisions as it says, and no refusal.",
        "SELECT r.release_id, r.row_count, COUNT(d.decision_id) FROM releases r"
        " LEFT JOIN released_decisions h ON h.release_id = r.release_id"
        " LEFT JOIN decisions d ON d.decision_id = h.decision_id AND d.verdict <> 'rejected'"
        " GROUP BY r.release_id, r.row_count HAVING r.row_count <> COUNT(d.decision_id)"
        " OR r.row_count <> COUNT(h.decision_id)",
    ),
    (
        "I13",
        "No plan was published that nobody had counted out again.",
        "SELECT r.run_id FROM runs r WHERE r.state = 'published'"
        " AND EXISTS (SELECT 1 FROM run_stages s WHERE s.run_id = r.run_id)"
        " AND NOT EXISTS (SELECT 1 FROM run_stages s WHERE s.run_id = r.run_id"
        " AND s.stage = 'verify' AND s.status = 'done')",
    ),
    (
        "I14",
        "The same input left the same, whenever it was worked on.",
        "SELECT stage, input_hash, COUNT(DISTINCT output_hash) FROM run_stages"
        " WHERE status = 'done' AND stage IN ('validate', 'freeze', 'forecast', 'optimise',"
        " 'verify') GROUP BY stage, input_hash HAVING COUNT(DISTINCT output_hash) > 1",
    ),
)
