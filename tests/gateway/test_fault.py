"""What an HTTP status means, by table."""

import pytest

from frmo.gateway.fault import Remedy, retry_after_s, status_fault


@pytest.mark.parametrize(
    ("status", "headers", "code", "remedy"),
    [
        (429, {}, "quota", Remedy.WAIT),
        (529, {}, "overloaded", Remedy.WAIT),
        (503, {"retry-after": "3"}, "overloaded", Remedy.WAIT),
        (503, {}, "http-503", Remedy.RETRY),
        (500, {}, "http-500", Remedy.RETRY),
        (504, {}, "http-504", Remedy.RETRY),
        (408, {}, "http-408", Remedy.RETRY),
        (409, {}, "http-409", Remedy.RETRY),
        (302, {}, "http-302", Remedy.RETRY),
        (401, {}, "not-authorized", Remedy.SET_UP),
        (402, {}, "billing", Remedy.SET_UP),
        (403, {}, "forbidden", Remedy.SET_UP),
        (404, {}, "not-found", Remedy.SET_UP),
        (400, {}, "bad-request", Remedy.GIVE_UP),
        (413, {}, "too-large", Remedy.GIVE_UP),
        (422, {}, "bad-request", Remedy.GIVE_UP),
    ],
)
def test_status(status, headers, code, remedy):
    fault = status_fault(status, "said", headers)
    assert (fault.code, fault.remedy, fault.message) == (code, remedy, "said")


@pytest.mark.parametrize(
    "said", ["request (9031 tokens) exceeds the available context size", "prompt is too long: 210000 tokens"]
)
def test_a_prompt_that_is_too_long_is_the_prompts_fault(said):
    fault = status_fault(400, said, {})
    assert (fault.code, fault.remedy, fault.provider_fault) == ("context-exceeded", Remedy.GIVE_UP, False)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_retry_after(headers, seconds):
    assert retry_after_s(headers) == seconds
