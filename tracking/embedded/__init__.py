"""The embedded TimescaleDB: the engine of the demo and the tests if no `DATABASE_URL` is set.

It is the real TimescaleDB, compiled to WebAssembly and run by Node as a child process. For trying and testing only.
"""

from tracking.embedded.engine import Engine, attached
from tracking.embedded.errors import EngineError
from tracking.embedded.folder import running, url
from tracking.embedded.node import install

__all__ = ["Engine", "EngineError", "attached", "install", "running", "url"]
