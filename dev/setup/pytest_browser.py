"""A pytest plugin: a tour that Odoo skips because its browser did not start has not passed."""

import pytest

# The words of Odoo's own reasons to skip.
BROWSER_WORDS = ("chrome", "websocket-client")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    reason = str(call.excinfo.value).lower() if report.skipped and call.excinfo else ""
    if any(word in reason for word in BROWSER_WORDS):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} needs a browser: {call.excinfo.value}"
    return report
