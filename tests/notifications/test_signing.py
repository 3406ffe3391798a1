"""The secret of a webhook derives from the platform's keys; a message is signed under each of them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import standardwebhooks

from fixtures.database import KEY, OLD_KEY
from tracking.notifications import signing

URL = "https://hooks.example/footfall"
BODY = '[{"title":"Käthe"}]'.encode()


def test_the_derivation_has_not_changed():
    """A golden value: the configuration of every receiver hangs on it."""
    assert signing.secrets(["k" * 32], "footfall", URL) == ["whsec_xWDA0hwhGpefzD5/aObVWQRpQG7UidVxUrf3Vg7AuI0="]


def test_key_deployment_and_url_each_make_another_secret():
    others = [(KEY, "footfall", URL), (OLD_KEY, "footfall", URL), (KEY, "other", URL), (KEY, "footfall", URL + "/")]
    assert len({signing.secrets([key], deployment, url)[0] for key, deployment, url in others}) == 4


def test_the_current_secret_comes_first():
    [first, second] = signing.secrets([KEY, OLD_KEY], "footfall", URL)
    assert [first] == signing.secrets([KEY], "footfall", URL)
    assert [second] == signing.secrets([OLD_KEY], "footfall", URL)


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-10))])
def test_a_receiver_with_any_of_the_secrets_verifies(zone):
    secrets = signing.secrets([KEY, OLD_KEY], "footfall", URL)
    headers = signing.headers("msg_1", BODY, secrets, datetime.now(zone))
    assert len(headers["webhook-signature"].split(" ")) == 2
    for secret in secrets:
        assert standardwebhooks.Webhook(secret).verify(BODY, headers) == [{"title": "Käthe"}]
    [foreign] = signing.secrets([KEY], "other", URL)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(foreign).verify(BODY, headers)


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp"])
def test_id_and_time_are_signed(header):
    secrets = signing.secrets([KEY], "footfall", URL)
    headers = signing.headers("msg_1", BODY, secrets, datetime.now(UTC))
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secrets[0]).verify(BODY, headers | {header: headers[header][:-1] + "x"})
