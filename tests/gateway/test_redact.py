"""Planted secrets in every encoding are gone; ordinary text stays."""

import base64
import json
from urllib.parse import quote

import pytest

from frmo.gateway.redact import MARK, Redactor, secrets_of

SECRET = "s3cr3t/Value+with=odd&chars~77"
TOKENS = [
    "sk-ant-api03-" + "aB3_" * 10,
    "sk-proj-" + "x1Y2" * 8,
    "ghp_" + "a1B2c3" * 6,
    "github_pat_" + "a1_B2" * 10,
    "glpat-" + "x" * 20,
    "xoxb-1234567890-abcdef",
    "AKIA" + "ABCDEFGH12345678",
    "AIza" + "x" * 35,
    "hf_" + "x" * 34,
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijkl",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nabc\ndef\n-----END OPENSSH PRIVATE KEY-----",
]


@pytest.mark.parametrize(
    "form",
    [
        SECRET,
        SECRET[::-1],
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        quote(SECRET, safe=""),
        json.dumps(SECRET)[1:-1],
        base64.b64encode(SECRET.encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
        base64.b32encode(SECRET.encode()).decode().rstrip("="),
    ],
)
def test_a_configured_secret_is_gone_in_each_encoding(form):
    assert Redactor([SECRET]).text(f"before {form} after").startswith(f"before {MARK}")
    assert form not in Redactor([SECRET]).text(f"before {form} after")


@pytest.mark.parametrize("before", ["", "a", "ab", "abc", "key="])
def test_base64_of_a_longer_text_around_the_secret(before):
    text = base64.b64encode((before + SECRET + " tail").encode()).decode()
    redacted = Redactor([SECRET]).text(text)
    longest = max(
        (text[i:j] for i in range(len(text)) for j in range(i + 1, len(text) + 1) if text[i:j] in redacted), key=len
    )
    assert MARK in redacted
    assert len(longest) < 14  # what is left covers the bytes around the secret, not its inside


@pytest.mark.parametrize("token", TOKENS)
def test_known_token_shapes_need_no_configuration(token):
    assert Redactor().text(f'x = "{token}"') == f'x = "{MARK}"'


@pytest.mark.parametrize(
    "text",
    [
        "sk-1",
        "a sketch of the task-runner-for-everyone",
        "commit 4f9c02ab4f9c02ab4f9c02ab4f9c02ab4f9c02ab",
        "def key(self): ...",
    ],
)
def test_ordinary_text_stays(text):
    assert Redactor([SECRET]).text(text) == text


def test_short_values_are_no_secrets():
    assert Redactor(["1", "true"]).text("1 is true") == "1 is true"


def test_data_is_redacted_through_and_through():
    data = {"a": [SECRET, {"b": (SECRET, 1, None, 2.5, True)}], SECRET: "key"}
    assert Redactor([SECRET]).data(data) == {"a": [MARK, {"b": [MARK, 1, None, 2.5, True]}], MARK: "key"}


def test_secrets_are_known_by_the_names_of_their_variables():
    env = {
        "ANTHROPIC_API_KEY": "k" * 10,
        "GH_TOKEN": "t" * 10,
        "DB_PASSWORD": "p" * 10,
        "PATH": "/usr/bin:/bin",
        "SHORT_KEY": "1",
    }
    assert secrets_of(env) == {"k" * 10, "t" * 10, "p" * 10}
