"""Every measurement can be called, and says in its first line what it measures."""

import importlib
from inspect import signature

import pytest
from support.cli import frmo

from frmo.bench import BENCHES


@pytest.mark.parametrize("name", BENCHES)
def test_a_measurement_exists(name):
    module, function = BENCHES[name].split(":")
    found = importlib.import_module(module)
    assert (found.__doc__ or "").strip()
    for parameter in signature(getattr(found, function)).parameters.values():
        assert parameter.name in ("progress", "data", "kills") or parameter.default is not parameter.empty


def test_the_list_and_an_unknown_name(tmp_path):
    out = frmo("bench", at=tmp_path).out
    assert [line.split()[0] for line in out.splitlines()] == list(BENCHES)
    assert frmo("bench", "nothing", at=tmp_path).code == 2
