"""The configuration of gunicorn. Address and number of workers come from the command line.

gevent: thousands of waiting requests cost a greenlet each. It patches each worker before the worker imports the
application, and with it psycopg. So nothing of `tracking` is imported here, and nothing is preloaded.
`deploy/server/` bounds each connection.
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
forwarded_allow_ips = ""  # TRUSTED_HOPS alone decides which proxies are believed
forwarder_headers = ""
control_socket_disable = True
max_requests = 1_000_000
max_requests_jitter = 100_000


def post_worker_init(_worker: object) -> None:
    """Sends gunicorn's own records where the application's go. And keeps the garbage collector from reading decoded
    bodies again and again: a body of many small lists takes a tenth of the time.
    """
    gc.set_threshold(50_000)
    for name in ("gunicorn.error", "gunicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = True
