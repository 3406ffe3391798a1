"""Of what a line says twice, or in an odd place: who asked for what, when, and what came of it."""

import json
from typing import Any

import pytest

from tracking.imports import Line, Parsed
from tracking.imports.weblogs import Options, form

SHORT = '[24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1"'
LINE = f'203.0.113.9 - - {SHORT} 200 512 "-" "Mozilla/5.0"'
CADDY: dict[str, Any] = {
    "ts": 1795514400.5,
    "request": {"remote_ip": "10.0.0.1", "client_ip": "10.0.0.1", "uri": "/"},
    "status": 200,
}


def parsed(log_format: str, *texts: str) -> list[Parsed]:
    lines = [Line(number, number, text) for number, text in enumerate(texts, 1)]
    return list(form(log_format, Options("address")).parse(lines))


@pytest.mark.parametrize(
    ("last", "creator"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7, 10.0.0.1", "198.51.100.7"),
        ("198.51.100.7:50001", "198.51.100.7"),
        ("unknown, 198.51.100.7", "198.51.100.7"),
        ("[2001:db8::7]:443,10.0.0.1", "2001:db8::7"),
        ("-", "203.0.113.9"),
        ("", "203.0.113.9"),
        ("198.51.100.7 10.0.0.3", "198.51.100.7"),
        ("198.51.100.7;10.0.0.3", "198.51.100.7"),
        ("for=198.51.100.7;proto=https", "198.51.100.7"),
        (r"by=10.0.0.3;for=\"[2001:db8::7]:4711\"", "2001:db8::7"),
        ("for=_hidden, for=198.51.100.7", "198.51.100.7"),
        ("by=10.0.0.3", "203.0.113.9"),
        ("gzip", "203.0.113.9"),
        ("0.004", "203.0.113.9"),
        (", ".join(["x"] * 40 + ["198.51.100.7"]), "203.0.113.9"),
    ],
)
def test_an_address_that_a_proxy_forwarded_is_the_client(last: str, creator: str) -> None:
    [one] = parsed("combined", f'{LINE} "{last}"')
    assert one.event
    assert one.event["creator"] == creator


@pytest.mark.parametrize(
    ("log_format", "line"),
    [
        ('$remote_addr $time_iso8601 "$request" "$http_x_real_ip" "$http_x_forwarded_for"', '"-" "203.0.113.9"'),
        ('$remote_addr $time_iso8601 "$request" "$http_x_real_ip" "$http_x_forwarded_for"', '"203.0.113.9" "-"'),
        ('$remote_addr $time_iso8601 "$request" "$http_x_real_ip" "$http_x_forwarded_for"', '"203.0.113.9" "unknown"'),
        (
            '$remote_addr $time_iso8601 "$request" "$http_x_forwarded_for" "$http_cf_connecting_ip"',
            '"198.51.100.66, 203.0.113.9, 10.0.0.2" "203.0.113.9"',
        ),
        ('$remote_addr $time_iso8601 "$request" $http_x_azure_clientip', "203.0.113.9"),
        ('$remote_addr $time_iso8601 "$request" "$http_forwarded"', '"for=203.0.113.9"'),
        ('$remote_addr $time_iso8601 "$request" $http_forwarded', "for=203.0.113.9;proto=https;by=10.0.0.3"),
        ('$remote_addr $time_iso8601 "$request" $http_forwarded', "For=203.0.113.9, for=10.0.0.3"),
        ('$remote_addr $time_iso8601 "$request" "$http_forwarded"', '"proto=https;by=10.0.0.3;for=203.0.113.9:4711"'),
        ('$remote_addr $time_iso8601 "$request" $proxy_protocol_addr', "203.0.113.9"),
        ('%h %{%FT%TZ}t "%r" "%{Fastly-Client-IP}i"', '"203.0.113.9"'),
        ('%{c}a %{%FT%TZ}t "%r" %a', "203.0.113.9"),
        ('%{c}a %{%FT%TZ}t "%r" %h', "203.0.113.9"),
        ('$realip_remote_addr $time_iso8601 "$request" $remote_addr', "203.0.113.9"),
    ],
)
def test_the_client_is_found_wherever_it_stands(log_format: str, line: str) -> None:
    [one] = parsed(log_format, f'10.0.0.1 2026-11-24T10:00:00Z "GET / HTTP/1.1" {line}')
    assert one.event, one.problem
    assert (one.event["creator"], one.unread) == ("203.0.113.9", "")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": ["203.0.113.9"]},
        {"X-Forwarded-For": ["203.0.113.9, 10.0.0.2"]},
        {"X-Real-Ip": ["10.0.0.2"], "Cf-Connecting-Ip": ["203.0.113.9"]},
        {"Forwarded": ['for="203.0.113.9:443";proto=https']},
        {"X-Real-Ip": ["203.0.113.9"], "X-Forwarded-For": ["unknown"]},
    ],
)
def test_the_client_is_found_in_the_headers_of_json(headers: dict[str, list[str]]) -> None:
    caddy = {**CADDY, "request": {**CADDY["request"], "headers": headers}}
    nginx = {"time_iso8601": "2026-11-24T10:00:00Z", "request_uri": "/", "remote_addr": "10.0.0.1"}
    nginx |= {f"http_{name.lower().replace('-', '_')}": value for name, [value] in headers.items()}
    for one in parsed("json", json.dumps(caddy), json.dumps(nginx)):
        assert one.event
        assert one.event["creator"] == "203.0.113.9"


def test_what_was_forwarded_and_holds_no_address_is_said() -> None:
    line = f'{LINE} "%s"'
    found = parsed("main", *(line % last for last in ("client-17", "-", "203.0.113.9")))
    assert [one.unread for one in found] == ["client-17", "", ""]
    [perhaps] = parsed("combined", line % "0.004")
    assert perhaps.unread == ""


@pytest.mark.parametrize(
    ("log_format", "line", "properties", "path"),
    [
        (
            "$remote_addr [$time_local] $request_method $uri $request_uri $status",
            "203.0.113.9 [24/Nov/2026:10:00:00 +0000] GET /index.php /article/7?a=1 200",
            {"method": "GET", "status": 200, "query": "a=1"},
            "/article/7",
        ),
        (
            '%h %l %u %t "%r" %s %>s %b',
            f"203.0.113.9 - - {SHORT} 302 200 12",
            {"method": "GET", "status": 200, "bytes": 12},
            "/",
        ),
        (
            '%h %t "%m %>U" "%U" %>s',
            '203.0.113.9 [24/Nov/2026:10:00:00 +0000] "GET /index.php" "/article/7" 200',
            {"method": "GET", "status": 200},
            "/article/7",
        ),
        (
            '%h %t "%r" %b %B',
            f"203.0.113.9 {SHORT} - 0",
            {"method": "GET", "bytes": 0},
            "/",
        ),
    ],
)
def test_of_two_fields_with_one_meaning_the_better_one_counts(
    log_format: str, line: str, properties: dict[str, Any], path: str
) -> None:
    [one] = parsed(log_format, line)
    assert one.event, one.problem
    assert (one.event["receiver"], one.event["properties"]) == (f"path:{path}", properties)


def test_of_two_keys_for_the_time_the_one_that_is_a_time_counts() -> None:
    line = {"time": 0.005, "timestamp": "2026-11-24T10:00:00Z", "remote_addr": "203.0.113.9", "uri": "/"}
    [one] = parsed("json", json.dumps(line))
    assert one.event, one.problem
    assert one.event["occurred_at"] == "2026-11-24T10:00:00Z"


@pytest.mark.parametrize(
    ("log_format", "time"),
    [
        ("%{%d/%b/%Y:%H:%M:%S}t.%{msec_frac}t %{%z}t", "24/Nov/2026:10:00:00.250 +0000"),
        ("[%{%d/%b/%Y %T}t.%{msec_frac}t %{%z}t]", "[24/Nov/2026 10:00:00.250 +0000]"),
        ('"%{begin:%FT%T}t.%{begin:usec_frac}t%{%z}t"', '"2026-11-24T10:00:00.250000+0000"'),
        ("%{sec}t.%{msec_frac}t", "1795514400.250"),
    ],
)
def test_a_time_may_be_written_in_pieces(log_format: str, time: str) -> None:
    [one] = parsed(f'%h {log_format} "%r"', f'203.0.113.9 {time} "GET / HTTP/1.1"')
    assert one.event, one.problem
    assert one.event["occurred_at"] == "2026-11-24T10:00:00.250000Z"


def test_a_balancer_may_write_the_port_of_an_address_with_colons() -> None:
    for client, creator in (
        ("2001:db8::1:50001", "2001:db8::1"),
        ("2001:db8:1:2:3:4:5:6:443", "2001:db8:1:2:3:4:5:6"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("2001:db8::1:443", "2001:db8::1:443"),  # which is an address
    ):
        [one] = parsed(
            "elb", f'2026-11-24T10:00:00.1Z b {client} 10.0.0.1:80 0 0 0 200 200 0 5 "GET / HTTP/1.1" "x" - -'
        )
        assert one.event, one.problem
        assert one.event["creator"] == creator
