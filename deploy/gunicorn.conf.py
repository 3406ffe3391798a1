"""gunicorn, as Footfall runs it. Address and number of workers come from the command line.

gevent: thousands of waiting requests cost a greenlet each; it patches each worker before the application, and with
it psycopg, is imported there. That is why nothing of `tracking` is imported here, and why there is no preloading.
What a connection may cost is bounded in `deploy/server/`.
"""

import gc
import logging

from deploy.server.worker import Worker

worker_class = Worker
worker_connections = 1000
timeout = 30  # of a worker that hangs; head and body of a request have READ_TIMEOUT_SECONDS each
graceful_timeout = 20
keepalive = 75  # longer than a load balancer's idle timeout of 60 s
limit_request_line = 8190
limit_request_fields = 64
limit_request_field_size = 8190
header_map = "drop"  # X_Forwarded_For is not X-Forwarded-For
forwarded_allow_ips = ""  # whose word counts about a client is TRUSTED_HOPS' business alone
forwarder_headers = ""
control_socket_disable = True
max_requests = 1_000_000
max_requests_jitter = 100_000


def post_worker_init(_worker: object) -> None:
    """One stream of logs: gunicorn's own records go where the application's go. And what is decoded is not gone through
    by the collector again and again: a body of many small lists takes a tenth of the time.
    """
    gc.set_threshold(50_000)
    for name in ("gunicorn.error", "gunicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
