"""Which kind `auto` means, and that each provider is opened once."""

import threading
from pathlib import Path

import pytest

from frmo.gateway.kinds import KINDS, Providers, Setting, meant
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
