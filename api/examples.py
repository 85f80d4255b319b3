"""One good body for every write, as the description of the API shows it."""

from typing import Any, Final

_LINE: Final = {"part_id": "P-100", "location_id": "FSL-1", "quantity": 1}
_NO: Final = {"reason_code": "demand", "comment": "the machine goes next month"}
EXAMPLES: Final[dict[str, Any]] = {
    "POST /v1/auth/login": {"name": "tom", "password": "the password of tom"},
    "POST /v1/auth/first-admin": {
        "token": "first_…", "name": "anna", "password": "a long password"
    },
    "PATCH /v1/users/me": {"old_password": "the old one", "new_password": "a new long one"},
    "POST /v1/admin/users": {
        "name": "tom", "role": "technician", "password": "a long password", "sites": ["FSL-1"]
    },
    "PATCH /v1/admin/users/{name}": {"active": False},
    "POST /v1/admin/users/{name}/keys": {"label": "ERP, stock every hour", "role": "service"},
    "POST /v1/locations/{location_id}/lock": {"reason": "yearly count"},
    "POST /v1/movements": {"kind": "receipt", **_LINE, "document_id": "PO-77"},
    "POST /v1/reservations": {
        "repair_order_id": "RO-1", "lines": [_LINE], "need_by": "2027-07-10"
    },
    "POST /v1/reservations/{reservation_id}/cancel": {"reason": "the old part will do"},
    "POST /v1/reservations/{reservation_id}/fulfil": {"quantity": 1, "release_rest": True},
    "POST /v1/proposals/{proposal_id}/approve": {"comment": "agreed"},
    "POST /v1/proposals/{proposal_id}/reject": _NO,
    "POST /v1/proposals/{proposal_id}/override": {
        **_NO, "reorder_point": 2, "expires_on": "2027-12-31"
    },
    "PATCH /v1/plans/{run_id}/lines/{line:path}": {"reorder_point": 4, "expected_version": 1},
    "POST /v1/plans/{run_id}/approve": {"expected_version": 1},
    "POST /v1/plans/{run_id}/reject": {**_NO, "expected_version": 1},
    "POST /v1/repair-orders": {
        "repair_order_id": "RO-7", "location_id": "FSL-1",
        "lines": [{"part_id": "P-100", "quantity": 2}], "need_by": "2027-07-10T08:00:00Z",
    },
    "POST /v1/repair-orders/{repair_order_id}/lines": {
        "lines": [{"part_id": "P-200", "quantity": 1, "way": "nearby"}]
    },
    "POST /v1/repair-orders/{repair_order_id}/lines/{line}/return": {"quantity": 1},
    "POST /v1/feedback": {"kind": "wrong_part", "part_id": "P-100", "location_id": "FSL-1"},
    "POST /v1/runs": {"as_of": "2026-09-30"},
    "POST /v1/reports": {"run_id": "2026-09-30.1"},
}  # fmt: skip
