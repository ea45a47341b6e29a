"""Protocols, domains and the taxonomy of a commit."""

import pytest
from support.repositories import commit_files, git, make_repository
from support.runs import make_workspace

from frmo.errors import InputError
from frmo.model.protocol import Contract
from frmo.store.actions import action_ids, default_action, load_actions
from frmo.store.domains import domain_names, load_domain
from frmo.store.protocols import load_protocol
from frmo.store.seed import plant
from frmo.store.workspace import Workspace

PROTOCOL = "role: executor\ntext: Do it.\ncontract: {stop: [a]}\nprofiles:\n  small: {text: Small., contract: {format: code}}\n"
ITEMS = {
    "protocols/executor/checklist/b.yaml": "id: b\nkind: instruction\ntext: Second.\nscope: {domain: python}\n",
    "protocols/executor/checklist/a.yaml": "id: a\nkind: contract\ncontract: {stop: [x]}\norigin: learned\n"
    "evidence: {pattern: 0123456789ab, trial: t1}\n",
    "protocols/executor/checklist/README.md": "no item\n",
}


@pytest.fixture
def workspace(tmp_path):
    return make_workspace(tmp_path / "r", {"protocols/executor/protocol.yaml": PROTOCOL, **ITEMS})


@pytest.fixture
def shipped(tmp_path):
    root = make_repository(tmp_path / "shipped")
    plant(root, now=1.7e9)
    return Workspace.open(root)


def test_a_protocol_with_its_items_and_version(workspace):
    head = workspace.repo.head()
    protocol = load_protocol(workspace, head, "executor")
    assert (protocol.text, protocol.contract.stop) == ("Do it.", ("a",))
    assert [item.id for item in protocol.items] == ["a", "b"]
    assert protocol.items[1].scope == {"domain": "python"}
    assert protocol.version == git(workspace.root, "rev-parse", "HEAD:protocols/executor")
    small = load_protocol(workspace, head, "executor", "small")
    assert (small.text, small.contract.format, small.contract.stop) == ("Small.", "code", ("a",))
    assert load_protocol(workspace, head, "executor", "unknown").text == "Do it."


def test_the_version_follows_the_folder_and_the_commit(workspace):
    first = workspace.repo.head()
    before = load_protocol(workspace, first, "executor")
    commit_files(workspace.root, {"protocols/executor/checklist/a.yaml": "id: a\nkind: instruction\ntext: New.\n"})
    assert load_protocol(workspace, first, "executor") == before
    after = load_protocol(workspace, workspace.repo.head(), "executor")
    assert after.version != before.version
    assert after.items[0].text == "New."


def test_faults_of_all_files_of_a_protocol_are_told(tmp_path):
    files = {
        "protocols/executor/protocol.yaml": "role: executer\ntext: x\n",
        "protocols/executor/checklist/a.yaml": "id: b\nkind: instruction\ntext: x\n",
        "protocols/executor/checklist/c.yaml": "id: c\nkind: instructon\n",
    }
    workspace = make_workspace(tmp_path / "r", files)
    with pytest.raises(InputError) as caught:
        load_protocol(workspace, workspace.repo.head(), "executor")
    assert [str(fault) for fault in caught.value.faults] == [
        "protocols/executor/protocol.yaml:1:7: role must be 'executor', as its folder is called",
        "protocols/executor/checklist/a.yaml:1:5: id must be 'a', as its file is called",
        "protocols/executor/checklist/c.yaml:2:7: kind can't be 'instructon' (did you mean 'instruction'?)",
    ]


def test_missing_ones_say_what_there_is(workspace, shipped):
    head = workspace.repo.head()
    with pytest.raises(InputError, match="init --upgrade"):
        load_protocol(workspace, head, "analyzer")
    with pytest.raises(InputError, match=r"there is no domain 'pyhton' .there are: .*any.*, python"):
        load_domain(shipped, shipped.repo.head(), "pyhton")
    assert action_ids(workspace, head, "python") == ()
    assert default_action(workspace, head, "writing") == "writing.file.edit.change"


def test_the_shipped_protocols(shipped):
    head = shipped.repo.head()
    executor = load_protocol(shipped, head, "executor", "small")
    assert executor.text == "You write Python. Reply with one Python code block and nothing else."
    assert executor.contract == Contract(format="code", stop=("\n```\n",), cut="block")
    assert (executor.settings.max_tokens, executor.settings.temperature, executor.settings.seed) == (400, 0, 1)
    assert load_protocol(shipped, head, "executor").contract.format == "files"
    for role in ("analyzer", "learner"):
        assert load_protocol(shipped, head, role).contract.format == "json"


def test_the_shipped_domains_and_their_actions(shipped):
    head = shipped.repo.head()
    assert {"any", "python"} <= set(domain_names(shipped))
    for name in domain_names(shipped):
        assert load_domain(shipped, head, name).levels
    python = load_domain(shipped, head, "python")
    assert python.levels[3] == ("python_tests", "python_cases")
    assert len(python.aspects) >= 3
    assert (
        set(python.aspects)
        <= set(python.questions)
        == {"requirements", "logic", "dependencies", "security", "performance"}
    )
    assert "commands" in load_domain(shipped, head, "any").levels[4]
    ids = action_ids(shipped, head, "python")
    assert {
        "python.function.write.implement",
        "python.function.write.edge-cases",
        "python.test.read.expectations",
    } <= set(ids)
    assert default_action(shipped, head, "python") in ids
    assert all(load_actions(shipped, head, "python").values())


def test_a_default_that_is_no_item_is_told(tmp_path):
    taxonomy = "default: a.b.d\ncapabilities: {a: {b: {c: Do it.}}}\n"
    workspace = make_workspace(tmp_path / "r", {"state/actions/x.yaml": taxonomy})
    with pytest.raises(InputError, match=r"state/actions/x.yaml:1:10: the default 'a.b.d' is none of the items"):
        action_ids(workspace, workspace.repo.head(), "x")
