"""The client of docs/api.md does a technician's whole task at a real server."""

import re
import shutil
from pathlib import Path

from data.store.engine import Store
from tests.api.walk import served
from tests.api.world import PASSWORD

DOC = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_client_of_the_docs_does_the_whole_task(company_today, tmp_path, capsys):
    place = tmp_path / "company.db"
    shutil.copy(company_today[0], place)
    example = re.search(r"```python\n(.*?)```", DOC.read_text(), re.DOTALL).group(1)
    names: dict = {}
    exec(compile(example, str(DOC), "exec"), names)
    with served(tmp_path, place=place) as (address, _):
        held, taken = names["repair"](address, "tech1", PASSWORD, "FSL-1", "p-1o0")
    assert "Your part is here" in capsys.readouterr().out
    assert held["lines"][0]["pieces"] == 1
    assert taken["state"] == "fulfilled"
    store = Store(place)
    with store.read() as connection:
        query = "SELECT state, owner FROM reservations"
        assert [tuple(row) for row in connection.exec_driver_sql(query)] == [("fulfilled", "tech1")]
    store.close()
