"""gunicorn's settings (``-c python:crm_site.server``): two processes of four threads suit two cores."""

from __future__ import annotations

import os
from typing import Any

from prometheus_client import multiprocess

from crm_site import logs

workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 4
timeout = 30
graceful_timeout = 30
max_requests = 2000
max_requests_jitter = 200
control_socket_disable = True  # it would be made in the home folder of whoever starts us
logconfig_dict = logs.configuration(os.environ.get("LOG_LEVEL", "INFO"))


def child_exit(_server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that ended."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.mark_process_dead(worker.pid)
