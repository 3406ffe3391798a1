"""The clients mint the very bytes of the vectors, and what they mint opens the door."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fixtures.cast import ALICE, bearer, event
from tracking.embedded.node import node
from tracking.provenance import credentials, tokens

CLIENTS = Path(__file__).resolve().parent.parent.parent / "clients"
VECTORS = json.loads((CLIENTS / "vectors.json").read_text())
CASES = pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["what"])

PYTHON = """
import json, sys
sys.path.insert(0, sys.argv[1])
from footfall_tokens import mint, sign
a = json.load(sys.stdin)
print(sign(a["credential"], a["kind"], a["claims"], a["issued"]) if "issued" in a
      else mint(a["credential"], a["kind"], a["claims"]))
"""
NODE = """
import { readFileSync } from "node:fs";
const { mint, sign } = await import(process.argv[1] + "/footfall-tokens.mjs");
const a = JSON.parse(readFileSync(0, "utf8"));
console.log("issued" in a ? sign(a.credential, a.kind, a.claims, a.issued) : mint(a.credential, a.kind, a.claims));
"""
PHP = """
require $argv[1] . '/footfall_tokens.php';
$a = json_decode(stream_get_contents(STDIN), true, 32, JSON_THROW_ON_ERROR);
echo isset($a['issued']) ? footfall_sign($a['credential'], $a['kind'], $a['claims'], $a['issued'])
    : footfall_mint($a['credential'], $a['kind'], $a['claims']);
"""

Mint = Callable[[dict[str, Any]], str]


@pytest.fixture(scope="module")
def php() -> str:
    """PHP's command line."""
    found = shutil.which("php")
    if not found:
        pytest.skip("php-cli is not installed")
    return found


@pytest.fixture(params=["python", "node", "php"])
def mint(request: pytest.FixtureRequest) -> Mint:
    language = request.param
    command = {
        "python": lambda: [sys.executable, "-c", PYTHON],
        "node": lambda: [node(), "--input-type=module", "-e", NODE],
        "php": lambda: [request.getfixturevalue("php"), "-r", PHP],
    }[language]()

    def run(asked: dict[str, Any]) -> str:
        done = subprocess.run(
            [*command, str(CLIENTS / language)],
            input=json.dumps(asked),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@CASES
def test_a_client_writes_the_bytes_of_the_vector(mint: Mint, vector: dict[str, Any]) -> None:
    assert mint(vector) == vector["token"]


@CASES
def test_the_vectors_are_what_the_server_takes(vector: dict[str, Any]) -> None:
    """Its own serializer, independent of the clients, reads the claims and the time out of each."""
    key = VECTORS["secret_key"]
    _, source, version, _ = vector["credential"].split("_", 3)
    assert credentials.derive(key, source, int(version)) == vector["credential"]
    signed = vector["token"].split("_", 3)[3]
    claims, issued = tokens.serializer(vector["credential"], vector["kind"]).loads(signed, return_timestamp=True)
    assert (claims, issued.timestamp()) == (vector["claims"], vector["issued"])
    assert tokens.CLAIMS.validate(claims) == {}
    assert tokens.TOKEN.fullmatch(vector["token"])


def test_what_a_client_mints_now_opens_the_door(mint: Mint, client: Any, web: str, acme: str) -> None:
    token = mint({"credential": web, "kind": "client", "claims": {"creator": ALICE}})
    claims, issued = tokens.serializer(web, "client").loads(token.split("_", 3)[3], return_timestamp=True)
    assert claims["exp"] - issued.timestamp() == 900
    assert client.post("/v1/events", json={"events": [event()]}, headers=bearer(token)).status_code == 200
    token = mint({"credential": web, "kind": "stats", "claims": {"owner": "acme"}})
    assert client.get("/v1/stats/timeseries?receiver=job:42", headers=bearer(token)).status_code == 200
