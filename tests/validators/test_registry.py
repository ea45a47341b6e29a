from pathlib import Path

import pytest

import frmo
from frmo.errors import InputError
from frmo.files import yaml_file
from frmo.model.domain import domain_from_mapping
from frmo.schema.check import faults
from frmo.validators.registry import VALIDATORS, find

DOMAINS = sorted((Path(frmo.__file__).parent / "defaults/protocols/domains").glob("*.yaml"))


@pytest.mark.parametrize("name", VALIDATORS)
def test_every_validator_is_there(name):
    assert callable(find(name))


def test_an_unknown_one_names_those_there_are():
    with pytest.raises(InputError, match=r"no validator 'nobody'.*python_syntax"):
        find("nobody")


@pytest.mark.parametrize("path", DOMAINS, ids=lambda path: path.stem)
def test_domains_of_the_seed_are_valid_and_name_validators_that_are_there(path):
    data = yaml_file.load(path.read_bytes(), path.name)
    assert faults("domain", data, path.name) == []
    domain = domain_from_mapping(path.stem, data)
    assert {name for names in domain.levels.values() for name in names} <= set(VALIDATORS)
    actions = path.parents[2] / "state/actions" / path.name
    assert actions.is_file()


def test_the_domains():
    assert {path.stem for path in DOMAINS} >= {"any", "data", "python", "shell", "sql", "writing"}
