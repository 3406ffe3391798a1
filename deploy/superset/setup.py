"""Prepares the Superset of deploy/compose/bi.yml: its tables, its user, and the dashboard on Footfall's data.

It runs in the image, before Superset itself at each start. What it makes stays in the folder SUPERSET_HOME, and so does
what people change in a dashboard.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from deploy.superset import charts
from deploy.superset.bundle import address
from deploy.superset.server import Superset, free_port
from deploy.superset.told import SupersetError


def main() -> None:
    try:
        database = address(Path(os.environ["BI_DATABASE_URL_FILE"]).read_text())
        superset = Superset(Path(sys.prefix) / "bin", Path(os.environ["SUPERSET_HOME"]), free_port())
        superset.prepare()
        superset.start()
        with superset:
            charts.connect(charts.log_in(superset), database)
    except (SupersetError, OSError) as error:
        sys.exit(f"deploy.superset.setup: {error}")


if __name__ == "__main__":
    main()
