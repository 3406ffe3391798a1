"""Superset's settings where they differ from its own. No secret is here: the key comes from the environment, or from
the file that `server.py` made in SUPERSET_HOME.

Superset reads the file that SUPERSET_CONFIG_PATH names. https://superset.apache.org/docs/configuration/configuring-superset
"""

import os
from pathlib import Path

from superset.config import TALISMAN_CONFIG  # Superset's own defaults

SECRET_KEY = os.environ.get("SUPERSET_SECRET_KEY") or Path(os.environ["SUPERSET_HOME"], "key").read_text()

# A page may load from this server only: no counting pixel, no maps, no fonts of others.
TALISMAN_CONFIG["content_security_policy"] |= {
    "img-src": ["'self'", "blob:", "data:"],
    "connect-src": ["'self'"],
    "style-src": ["'self'", "'unsafe-inline'"],
    "font-src": ["'self'", "data:"],
}

ROW_LIMIT = 10_000
SQL_MAX_ROW = 10_000
SQLLAB_TIMEOUT = 30  # seconds; a login of `python -m tracking bi grant` is cut off by then, too
