"""A plugin of pytest: tests of a whole server, which take long and run several processes, come among the others.

One worker has them while the other has tests that need a single process, and none of them is left for the end.
"""

from itertools import groupby

from .paths import REPOSITORY

SERVER_TESTS = REPOSITORY / "tests"
# Of all that is tried: after so much of the others, all tests of servers have begun.
SPREAD = 0.8


def pytest_collection_modifyitems(items):
    """Spread the files of server tests evenly; within a file, and among the others, the order stays."""
    files = [list(tests) for _path, tests in groupby(items, key=lambda item: item.path)]
    servers = [tests for tests in files if SERVER_TESTS in tests[0].path.parents]
    others = [tests for tests in files if SERVER_TESTS not in tests[0].path.parents]
    places = [
        *((SPREAD * number / len(servers), tests) for number, tests in enumerate(servers)),
        *((number / len(others), tests) for number, tests in enumerate(others)),
    ]
    items[:] = [test for _place, tests in sorted(places, key=lambda place: place[0]) for test in tests]
