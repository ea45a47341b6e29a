"""The local server: started once, ended with its worker, clear when it can't start; and the local kind through it."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.weights import real_weights_folder

from frmo.errors import CompletionFailed, Interrupted, ProviderUnavailable
from frmo.gateway.caller import Caller
from frmo.gateway.llama import LlamaServer, ServerSetting, threads
from frmo.gateway.opening import open_gateway
from frmo.gateway.weights import DEFAULT
from frmo.model.completion import CompletionRequest, Message
from frmo.model.config import AgentProfile, Config

CALLER = Caller("hello-00000000", "executor", "local")
ASK = CompletionRequest((Message("user", "Count from one to ten."),), max_tokens=12, temperature=0.0)


@pytest.fixture(scope="module")
def folder():
    return real_weights_folder()


@pytest.fixture(scope="module")
def gate(folder):
    config = Config(agents={"local": AgentProfile(context_tokens=512)}, jobs=2)
    with open_gateway(config, env=dict(os.environ), weights=folder, now=time.time) as opened:
        yield opened


def setting(model, **more):
    return ServerSetting(model, slots=1, context_tokens=256, env=dict(os.environ), **more)


def is_gone(pid):
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_a_file_that_is_no_model_is_named_with_the_reason(tmp_path, never):
    pytest.importorskip("xllamacpp")
    junk = tmp_path / "junk.gguf"
    junk.write_bytes(b"junk" * 100)
    with pytest.raises(ProviderUnavailable, match=r"did not start with junk\.gguf: .*Failed to init server"):
        LlamaServer(setting(junk, logs=tmp_path / "logs")).address(never)
    assert "Failed to init" in (tmp_path / "logs" / "llama-server.log").read_text()


def test_without_the_extra_it_says_what_to_install(tmp_path, never, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ProviderUnavailable, match=r"pip install 'frmo\[local\]'"):
        LlamaServer(setting(tmp_path / "x.gguf")).address(never)


@pytest.mark.parametrize(("cores", "used"), [(1, 1), (2, 1), (4, 2), (64, 32)])
def test_the_server_leaves_half_the_cores_to_others(cores, used):
    assert threads(cores) == used


@pytest.mark.model
def test_both_routes_answer_and_cost_nothing(gate):
    plain = gate.complete(ASK, CALLER)
    assert (plain.model, plain.cost_usd, plain.tokens.output) == ("SmolLM2-135M-Instruct.Q4_1", 0.0, 12)
    assert plain.stop_reason == "max_tokens"
    schema = {"type": "object", "properties": {"n": {"enum": [1, 2]}}, "required": ["n"], "additionalProperties": False}
    asked = CompletionRequest(ASK.messages, max_tokens=60, temperature=0.0, schema=schema)
    assert '"n"' in gate.complete(asked, CALLER).text


@pytest.mark.model
def test_the_same_seed_gives_the_same_reply(gate):
    def reply(seed):
        asked = CompletionRequest(ASK.messages, max_tokens=20, temperature=1.0, seed=seed)
        return gate.complete(asked, CALLER).text

    assert reply(7) == reply(7)
    assert len({reply(seed) for seed in (7, 8, 9)}) > 1


@pytest.mark.model
def test_stop_sequences_end_a_reply(gate):
    asked = CompletionRequest(ASK.messages, max_tokens=60, temperature=0.0, stop=(" ",))
    reply = gate.complete(asked, CALLER)
    assert reply.stop_reason in ("end_turn", "stop_sequence")
    assert reply.text
    assert " " not in reply.text


@pytest.mark.model
def test_a_prompt_beyond_the_context_is_the_prompts_fault(gate):
    with pytest.raises(CompletionFailed) as caught:
        gate.complete(CompletionRequest((Message("user", "word " * 600),), max_tokens=5), CALLER)
    assert (caught.value.code, caught.value.provider_fault) == ("context-exceeded", False)


@pytest.mark.model
def test_cancel_leaves_a_long_reply(gate):
    gate.complete(ASK, CALLER)
    cancel, began = threading.Event(), time.monotonic()
    threading.Timer(0.2, cancel.set).start()
    with pytest.raises(Interrupted):
        gate.complete(CompletionRequest(ASK.messages, max_tokens=450), CALLER, cancel=cancel)
    assert time.monotonic() - began < 3


@pytest.mark.model
def test_one_server_for_all_threads_and_a_new_one_after_a_crash(folder, never):
    server = LlamaServer(setting(folder / DEFAULT.file))
    try:
        with ThreadPoolExecutor(4) as pool:
            addresses = set(pool.map(lambda _: server.address(never), range(4)))
        assert len(addresses) == 1
        pid = server.pid
        os.kill(pid, signal.SIGKILL)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)  # dead, but not reaped: that is the server object's part
        assert server.address(never) not in addresses
    finally:
        server.close()
    assert server.pid is None


_WORKER = """
import os, sys, threading, time
from pathlib import Path
from frmo.gateway.llama import LlamaServer, ServerSetting, threads
server = LlamaServer(ServerSetting(Path(sys.argv[1]), slots=1, context_tokens=256, env=dict(os.environ)))
started = threading.Thread(target=lambda: server.address(threading.Event()))
started.start(); started.join()  # the thread that started the server ends; the server must not
time.sleep(0.2)
server.address(threading.Event())
print(server.pid, flush=True)
if sys.argv[2] == "stay":
    time.sleep(600)
"""


@pytest.mark.model
@pytest.mark.parametrize("how", ["killed", "ended"])
def test_the_server_ends_with_its_worker(folder, how):
    argument = "stay" if how == "killed" else "go"
    command = [sys.executable, "-c", _WORKER, str(folder / DEFAULT.file), argument]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as worker:
        pid = int(worker.stdout.readline())
        if how == "killed":
            worker.kill()
        worker.wait()
    assert is_gone(pid)
