"""The files that take longest begin first, so that all workers end together."""

LONGEST = (
    "tests/planning/night/test_night.py",
    "tests/planning/night/test_faults.py",
    "tests/api/test_crowd.py",
    "tests/stories/test_readme.py",
    "tests/data/store/test_machine.py",
    "tests/planning/finance/test_of_night.py",
    "tests/planning/night/test_killed.py",
    "tests/api/test_races.py",
    "tests/stories/test_what_service_costs.py",
    "tests/data/intake/test_fuzz.py",
    "tests/stories/test_planners_week.py",
    "tests/optimizer/test_small_networks.py",
)


def pytest_collection_modifyitems(items):
    place = {name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.nodeid.split("::")[0], len(LONGEST)))
