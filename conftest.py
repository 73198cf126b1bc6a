"""The tests' plug-in is crm_site.testing, loaded by pytest.ini before settings; here is only what pytest wants here."""

from __future__ import annotations

import os

# pytest-playwright drives the browser inside an event loop; Django would refuse the live server's database calls there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

pytest_plugins = ["crm_site.testing_browser", "tests.canaries"]
