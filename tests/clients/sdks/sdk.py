"""An app on one of the Python SDKs: `sdk.py MODULE HOST KEY`. Each line that it reads is a range of events to track."""

import importlib
import sys

CONFIGURED = {"upload_interval": 0.1, "max_retries": 12, "gzip": True}
"""What users set; all else is as it comes."""


def main() -> None:
    module, host, key = sys.argv[1:]
    failed: list[object] = []
    client = importlib.import_module(module).Client(
        key, host=host, on_error=lambda error, batch: failed.append((error, len(batch))), **CONFIGURED
    )
    client.identify(user_id=module, traits={"email": "alice@example.org"})
    for line in sys.stdin:
        for number in range(*map(int, line.split())):
            client.track(user_id=module, event="click__save", properties={"receiver": "job:42", "number": number})
    client.flush()
    client.join()
    sys.exit(f"given up on: {failed}" if failed else 0)


main()
