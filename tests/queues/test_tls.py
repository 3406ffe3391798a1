"""A broker with TLS must have a certificate of its own name."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tracking.queues import broker
from tracking.settings import Settings


def certificate(folder: Path, *names: x509.GeneralName) -> Path:
    """A certificate that vouches for itself, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a broker")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@contextmanager
def listening(file: Path) -> Iterator[tuple[int, list[bytes]]]:
    """Takes one connection, and keeps what came first through it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    came: list[bytes] = []

    def take() -> None:
        with suppress(OSError):
            plain, _ = server.accept()
            plain.settimeout(10)
            with plain, context.wrap_socket(plain, server_side=True) as client:
                came.append(client.recv(8))

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        thread = threading.Thread(target=take)
        thread.start()
        yield server.getsockname()[1], came
        thread.join()


@pytest.mark.parametrize(
    ("name", "is_trusted"),
    [(x509.DNSName("elsewhere.example"), False), (x509.IPAddress(ipaddress.ip_address("127.0.0.1")), True)],
)
def test_a_certificate_of_another_host_is_refused(
    name: x509.GeneralName, is_trusted: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate(tmp_path, name)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with listening(file) as (port, came):
        queue = broker.of(Settings(queue_url=f"amqps://me:s3cret@127.0.0.1:{port}/v", secret_keys=("k" * 40,)))
        connect: Callable[[], object] = queue.connection().connect
        with pytest.raises(broker.ERRORS):
            connect()
    assert came == ([b"AMQP\x00\x00\x09\x01"] if is_trusted else [])
