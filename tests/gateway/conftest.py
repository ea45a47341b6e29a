"""Fixtures of the gateway's tests."""

import threading

import pytest


@pytest.fixture
def never():
    """A cancel that never comes."""
    return threading.Event()
