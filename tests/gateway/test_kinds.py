"""Which kind `auto` means, and that each provider is opened once."""

import threading
from pathlib import Path

import pytest

from frmo.gateway.kinds import KINDS, Providers, Setting, meant
from frmo.gateway.messages import is_loopback, is_own
from frmo.model.config import AgentProfile


@pytest.mark.parametrize(
    ("kind", "env", "means"),
    [
        ("auto", {"ANTHROPIC_API_KEY": "k"}, "anthropic"),
        ("auto", {"ANTHROPIC_API_KEY": ""}, "local"),
        ("auto", {}, "local"),
        ("scripted", {"ANTHROPIC_API_KEY": "k"}, "scripted"),
    ],
)
def test_what_auto_means(kind, env, means):
    assert meant(kind, env) == means


@pytest.mark.parametrize(
    ("url", "loopback", "own"),
    [
        ("http://127.0.0.1:8080/v1", True, True),
        ("http://[::1]:8080", True, True),
        ("http://localhost", True, True),
        ("http://192.168.1.5:8000/v1", False, True),
        ("http://gpu-box:8000/v1", False, True),
        ("https://models.corp.internal/v1", False, True),
        ("https://api.openai.com/v1", False, False),
        ("https://8.8.8.8/v1", False, False),
    ],
)
def test_which_servers_are_ours(url, loopback, own):
    assert (is_loopback(url), is_own(url)) == (loopback, own)


def test_one_provider_for_all_threads_and_one_per_model():
    providers = Providers(Setting({}, Path("none")), {"scripted": AgentProfile(model="profile")})
    opened = []
    threads = [threading.Thread(target=lambda: opened.append(providers.open("scripted", None))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(provider) for provider in opened}) == 1
    assert opened[0].provider.model == "profile"
    assert providers.open("scripted", "other").provider.model == "other"


def test_every_registered_kind_can_be_found():
    import importlib

    for place in KINDS.values():
        module, function = place.split(":")
        assert callable(getattr(importlib.import_module(module), function))
