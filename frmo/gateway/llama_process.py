"""The process around the llama.cpp server: `python -m frmo.gateway.llama_process`, settings on stdin, address on stdout.

It ends when its stdin ends, so a worker that is killed leaves no server behind.
"""

import json
import os
import sys
from typing import Any


def main() -> None:
    """Serve until stdin closes. First line in: settings as JSON. First line out: the address as JSON."""
    settings = json.loads(sys.stdin.buffer.readline())
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what the native code prints goes to the log, not into the answer
    server = _server(settings)
    answer.write(json.dumps({"address": server.listening_address}) + "\n")
    answer.flush()
    sys.stdin.buffer.read()
    os._exit(0)  # the native threads need no farewell


def _server(settings: dict[str, Any]) -> Any:  # noqa: ANN401  the library has no types
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["model"]
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [settings["token"]]
    params.use_jinja = True
    params.n_parallel = settings["slots"]
    params.n_ctx = settings["slots"] * settings["context_tokens"]
    for cpu in (params.cpuparams, params.cpuparams_batch):
        cpu.n_threads = settings["threads"]
        cpu.poll = 0  # no busy waiting: validators need the cores as well
    params.verbosity = 0
    params.ui = False
    params.endpoint_slots = False
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
