"""A table that was sent is taken in, or it is said that it was not."""

import os
from io import BytesIO

from planning import deliveries


def test_an_import_that_was_cut_off_does_not_run_for_ever(tmp_path):
    upload = deliveries.keep(tmp_path, "parts", ".csv", BytesIO(b"part_id,unit_cost\n"))
    assert deliveries.report_of(tmp_path, upload.import_id) == {"state": "running"}
    os.close(deliveries._AT_WORK.pop(upload.import_id))  # as when its process ends
    found = deliveries.report_of(tmp_path, upload.import_id)
    assert found is not None
    assert (found["state"], found["message"]) == ("failed", "It was cut off. Deliver it again.")
    deliveries.forget(upload)
    assert deliveries.report_of(tmp_path, upload.import_id) is None
