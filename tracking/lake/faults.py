"""What storage and catalog say when they fail, as one sentence for people, without secrets."""

from __future__ import annotations

import errno
import re
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
from botocore.exceptions import BotoCoreError, ClientError
from pyarrow import ArrowException
from pyiceberg.exceptions import CommitFailedException, ValidationError, ValidationException
from sqlalchemy.exc import SQLAlchemyError

from tracking.lake.errors import LakeError
from tracking.redaction import redacted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tracking.settings import Settings

BROKEN = (ArrowException, ValidationError, EOFError, ValueError, zlib.error)
"""What the readers of Parquet, JSON and Avro raise."""

AWS = re.compile(r"AWS Error ([A-Z_]+)")
ADVICE = {
    "NETWORK_CONNECTION": "S3 cannot be reached; see AWS_ENDPOINT_URL_S3, AWS_REGION and the network",
    "NO_SUCH_BUCKET": "there is no such bucket; make it, or change LAKE_URL",
    "ACCESS_DENIED": "no right to do this; give the AWS identity of this process the rights that docs/lake.md lists",
    "INVALID_ACCESS_KEY_ID": "AWS does not know AWS_ACCESS_KEY_ID",
    "SIGNATURE_DOES_NOT_MATCH": "AWS_SECRET_ACCESS_KEY does not belong to AWS_ACCESS_KEY_ID",
    "SLOW_DOWN": "S3 asks to slow down; the next run goes on",
}


@contextmanager
def told(settings: Settings) -> Iterator[None]:
    """Raises a `LakeError` in place of a fault of storage or catalog. A fault of the database stays as it is."""
    place = settings.lake_url or "LAKE_URL"
    try:
        yield
    except (LakeError, psycopg.Error, SQLAlchemyError):
        raise
    except (CommitFailedException, ValidationException) as error:
        raise LakeError(f"{place}: another process wrote there at the same time; run it again") from error
    except (BotoCoreError, ClientError) as error:
        raise LakeError(
            f"{place}: AWS Glue refused it: {_line(error)}; see LAKE_CATALOG and the AWS_ variables"
        ) from error
    except OSError as error:
        raise LakeError(f"{place}: {_of_storage(error)}") from error
    except BROKEN as error:
        raise LakeError(f"{place}: a file is broken: {_line(error)}; bring it back from a backup") from error


def _of_storage(error: OSError) -> str:
    said = str(error)
    code = AWS.search(said)
    if code is not None and code[1] in ADVICE:
        return ADVICE[code[1]]
    if error.errno == errno.ENOSPC:
        return "the disk is full; make room, and run it again"
    if isinstance(error, PermissionError):
        return f"no right to write there ({_line(error)}); let this process's user own the folder"
    if isinstance(error, FileNotFoundError):
        return f"a file that the catalog or a table names is not there: {_line(error)}; bring it back from a backup"
    return f"storage refused it: {_line(error)}"


def _line(error: Exception) -> str:
    return str(redacted(str(error).strip().partition("\n")[0]))[:300]
