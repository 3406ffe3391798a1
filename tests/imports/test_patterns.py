r"""Log formats in the servers' own words: what they read, what they refuse, and that they are quick about it."""

from typing import Any

import pytest

from tracking.imports import Line, Parsed
from tracking.imports.weblogs import Options, form
from tracking.imports.weblogs.presets import PATTERNS, PRESETS

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SHORT = '[24/Nov/2026:10:00:00 +0000] "GET / HTTP/1.1"'
REQUEST = '[24/Nov/2026:10:00:00 +0000] "GET /jobs/42?q=1 HTTP/1.1" 200 512'
AGENTS = f'"https://a.example/" "{FIREFOX}"'
CADDY = (
    '{"level": "info", "ts": 1795514400.5, "msg": "handled request", "request": {"remote_ip": "10.0.0.1",'
    ' "client_ip": "203.0.113.9", "method": "GET", "host": "a.example", "uri": "/jobs/42?q=1", "headers":'
    f' {{"User-Agent": ["{FIREFOX}"], "Referer": ["https://a.example/"]}}}}, "size": 512, "status": 200}}'
)
TRAEFIK = (
    '{"ClientAddr": "203.0.113.9:50001", "ClientHost": "203.0.113.9", "DownstreamContentSize": 512, "DownstreamStatus":'
    ' 200, "RequestMethod": "GET", "RequestPath": "/jobs/42?q=1", "StartUTC": "2026-11-24T10:00:00.5Z",'
    f' "request_User-Agent": "{FIREFOX}", "request_Referer": "https://a.example/", "time": "2026-11-24T10:00:01Z"}}'
)
NGINX = (
    '{"time_local": "24/Nov/2026:10:00:00 +0000", "remote_addr": "10.0.0.1", "http_x_forwarded_for": "203.0.113.9",'
    ' "request": "GET /jobs/42?q=1 HTTP/1.1", "status": "200", "body_bytes_sent": "512",'
    f' "http_referer": "https://a.example/", "http_user_agent": "{FIREFOX}"}}'
)
ECS = (
    '{"@timestamp": "2026-11-24T10:00:00Z", "source": {"ip": "203.0.113.9"}, "http": {"request": {"method": "GET",'
    ' "referrer": "https://a.example/"}, "response": {"status_code": 200, "body": {"bytes": 512}}}, "url":'
    f' {{"original": "/jobs/42?q=1"}}, "user_agent": {{"original": "{FIREFOX}"}}}}'
)
IIS = "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port c-ip cs(User-Agent) cs(Referer) sc-status sc-bytes"
CLOUDFRONT = (
    "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer)"
    " cs(User-Agent) cs-uri-query"
)
IIS_LINE = f"2026-11-24 10:00:00 10.0.0.1 GET /jobs/42 q=1 443 203.0.113.9 {FIREFOX.replace(' ', '+')} https://a.example/ 200 512"
CLOUDFRONT_LINE = (
    "2026-11-24\t10:00:00\tFRA2\t512\t203.0.113.9\tGET\tx.cloudfront.net\t/jobs/42\t200\thttps://a.example/\t"
    f"{FIREFOX.replace(' ', '%2520')}\tq=1"
)
ALB = (
    "app/my-balancer/50dc6c495c0c9188 203.0.113.9:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 512"
    f' "GET https://a.example:443/jobs/42?q=1 HTTP/1.1" "{FIREFOX}"'
)


def parsed(log_format: str, *texts: str) -> list[Parsed]:
    lines = [Line(number, number * 100, text) for number, text in enumerate(texts, 1)]
    return list(form(log_format, Options("address")).parse(lines))


@pytest.mark.parametrize(
    ("log_format", "texts", "misses"),
    [
        ("combined", [f"203.0.113.9 - - {REQUEST} {AGENTS}"], ""),
        ("common", [f"203.0.113.9 - - {REQUEST}"], "user_agent referrer"),
        ("vhost_combined", [f"a.example:443 203.0.113.9 - - {REQUEST} {AGENTS}"], ""),
        ("vhost_combined", [f"a.example 203.0.113.9 ident frank {REQUEST} {AGENTS}"], ""),
        ("main", [f'10.0.0.1 - - {REQUEST} {AGENTS} "203.0.113.9, 10.0.0.2"'], ""),
        ("main", [f'203.0.113.9 - - {REQUEST} {AGENTS} "-"'], ""),
        ("forwarded_combined", [f"203.0.113.9 10.0.0.1 - - {REQUEST} {AGENTS}"], ""),
        ("forwarded_combined", [f"203.0.113.9, 10.0.0.2 10.0.0.1 - Frank N. Stein {REQUEST} {AGENTS}"], ""),
        ("forwarded_combined", [f"- 203.0.113.9 - - {REQUEST} {AGENTS}"], ""),
        ("json", [CADDY], ""),
        ("json", [TRAEFIK], ""),
        ("json", [NGINX], ""),
        ("json", [ECS], ""),
        (
            "w3c",
            [
                "#Software: Microsoft Internet Information Services 10.0",
                IIS,
                IIS_LINE,
            ],
            "",
        ),
        (
            "w3c",
            [
                "#Version: 1.0",
                CLOUDFRONT,
                CLOUDFRONT_LINE,
            ],
            "",
        ),
        (
            "alb",
            [f'https 2026-11-24T10:00:00.186641Z {ALB} ECDHE TLSv1.2 arn:aws "Root=1" "-" "-" 1 2026 "forward"'],
            "referrer",
        ),
        ("elb", [f"2026-11-24T10:00:00.186641Z {ALB} ECDHE TLSv1.2"], "referrer"),
        (
            r"%{X-Forwarded-For}i %h %l %u %t \"%r\" %>s %b \"%{Referer}i\" \"%{User-Agent}i\"",
            [f"203.0.113.9, 10.0.0.2 10.0.0.1 - - {REQUEST} {AGENTS}"],
            "",
        ),
        (
            '%v %a %{%d/%b/%Y:%T %z}t "%m %U%q %H" %!200,304s %B "%{Referer}i" "%{User-agent}i" %D %{SSL_PROTOCOL}x',
            [
                f'a.example 203.0.113.9 24/Nov/2026:10:00:00 +0000 "GET /jobs/42?q=1 HTTP/1.1" 200 512 {AGENTS} 81 TLSv1.3'
            ],
            "",
        ),
        (
            "$remote_addr|$time_iso8601|$request_method $scheme://$host$request_uri|$status|$bytes_sent|$http_referer|$http_user_agent",
            [
                f"203.0.113.9|2026-11-24T10:00:00Z|GET https://a.example/jobs/42?q=1|200|512|https://a.example/|{FIREFOX}"
            ],
            "",
        ),
        (
            "$http_user_agent ~ $remote_addr ~ $msec ~ $request ~ $status ~ $bytes_sent ~ $http_referer",
            [f"{FIREFOX} ~ 203.0.113.9 ~ 1795514400.5 ~ GET /jobs/42?q=1 ~ 200~512 ~ https://a.example/"],
            "",
        ),
        (
            "$msec\t$remote_addr\t$uri\t$args\t$status\t$bytes_sent\t$http_referer\t$http_user_agent",
            [f"1795514400.500\t203.0.113.9\t/jobs/42\tq=1\t200\t512\thttps://a.example/\t{FIREFOX}"],
            "",
        ),
        (
            '$remote_addr $upstream_addr ${time_iso8601} $request $status $body_bytes_sent "$http_referer" "$http_user_agent"',
            [
                f"203.0.113.9 10.0.0.1:80, 10.0.0.2:80 2026-11-24T10:00:00+00:00 GET /jobs/42?q=1 HTTP/2.0 200 512 {AGENTS}"
            ],
            "",
        ),
    ],
)
def test_a_request_is_the_same_in_every_format(log_format: str, texts: list[str], misses: str) -> None:
    [one] = parsed(log_format, *texts)
    assert one.event, one.problem
    event: dict[str, Any] = one.event
    assert event["occurred_at"].startswith("2026-11-24T10:00:00")
    assert (event["creator"], event["receiver"]) == ("203.0.113.9", "path:/jobs/42")
    assert event["properties"] == {"method": "GET", "status": 200, "bytes": 512, "query": "q=1"}
    context = {"user_agent": FIREFOX, "referrer": "https://a.example/"}
    for name in misses.split():
        del context[name]
    assert event["context"] == context


@pytest.mark.parametrize(
    ("log_format", "problem"),
    [
        ("combinde", "no preset, and no pattern either"),
        ("", "no preset, and no pattern either"),
        ('$remote_adr [$time_local] "$request" $foo', "not known: $remote_adr ($remote_addr?), $foo; write $ignored"),
        ('%h %t "%r" %Z %{x}y', "not known: %Z, %{x}y"),
        ("$remote_addr $status", "lacks the time, the request"),
        ('%t "%r"', "lacks the address"),
        ("$remote_addr$status $time_local $request", "two fields side by side"),
        ("$remote_addr " * 400, "5,200 characters; the most is 2,000"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused_with_the_reason(log_format: str, problem: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        form(log_format)
    assert problem in str(refusal.value)


@pytest.mark.parametrize("upstreams", ["10.0.0.1:80, 10.0.0.2:80", "10.0.0.1:80 : 10.0.0.2:80, 10.0.0.3:80", "-"])
def test_a_request_may_go_to_several_upstreams(upstreams: str) -> None:
    [one] = parsed("$remote_addr $upstream_addr $msec $request", f"203.0.113.9 {upstreams} 1795514400 GET /a HTTP/1.1")
    assert one.event, one.problem
    [colon] = parsed("$host : $server_port : $remote_addr $msec $request", "a : 80 : 203.0.113.9 1795514400 GET /a")
    assert colon.event, colon.problem


def test_what_follows_a_last_field_in_quotation_marks_is_not_looked_at_but_nothing_else() -> None:
    line = f"203.0.113.9 - - {REQUEST}"
    assert parsed("common", line)[0].event
    assert parsed("common", f"{line} ")[0].event
    assert parsed("common", f"{line} {AGENTS}")[0].is_foreign
    assert parsed("combined", f"{line} {AGENTS} 0.004 more")[0].event
    assert parsed("combined", f"{line} {AGENTS}x")[0].is_foreign


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("nonsense", "not JSON"),
        ("[]", "a list, where a JSON object was expected"),
        ('{"name": "view", "occurred_at": "2026-11-24T10:00:00Z"}', "none for: time, address, request"),
        (NGINX.replace('"request"', '"r"'), "none for: request"),
        (NGINX.replace("24/Nov/2026:10:00:00 +0000", "noon"), "[noon] is not a time"),
        (NGINX.replace('"200"', '"two hundred"'), "the status is 'two hundred', not a number of three digits"),
        (NGINX.replace("203.0.113.9", "-").replace("10.0.0.1", "-"), "none for: address"),
    ],
)
def test_a_json_line_that_is_no_request_says_why(text: str, problem: str) -> None:
    [one] = parsed("json", text)
    assert problem in (one.problem or "")
    assert one.is_foreign


@pytest.mark.parametrize("status", ["0", "000"])
def test_a_request_that_was_broken_off_is_an_error(status: str) -> None:
    found = [
        *parsed("json", CADDY.replace('"status": 200', f'"status": "{status}"')),
        *parsed("common", f"203.0.113.9 - - {SHORT} {status} 0"),
    ]
    assert [one.excluded for one in found] == ["errors", "errors"]


def test_numbers_of_json_may_have_a_point() -> None:
    [one] = parsed("json", CADDY.replace('"size": 512, "status": 200', '"size": 0.5, "status": 200.0'))
    assert one.event
    assert one.event["properties"] == {"method": "GET", "status": 200, "query": "q=1"}


def test_every_preset_is_explained_and_every_one_that_is_explained_is_there() -> None:
    assert PRESETS.keys() == PATTERNS.keys() | {"w3c", "json"}


@pytest.mark.parametrize("log_format", PRESETS)
@pytest.mark.parametrize(
    "tail", ['"' * 100_000, "\\" * 99_999, '" "' * 50_000, "[" * 90_000, " x" * 50_000, "," * 99_999, "1, " * 30_000]
)
def test_a_line_made_to_confuse_is_refused_quickly(log_format: str, tail: str) -> None:
    """Linear time: each of these takes milliseconds, where backtracking would take hours."""
    starts = [
        "",
        "203.0.113.9 ",
        f"203.0.113.9 - - {REQUEST} ",
        f"203.0.113.9 - - {REQUEST} {AGENTS[:-1]}",
        "#Fields: ",
        "203.0.113.9 - ",
    ]
    parsed(log_format, *(start + tail for start in starts))
