"""The gateway as a program in the sandbox sees it: a Messages and a chat completions endpoint on loopback."""

from __future__ import annotations

import contextlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from frmo.agents.inside import wires

TYPE_CHECKING = False  # importing `typing` would cost every agent process 2 ms
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_MOST_BODY = 32 << 20
_CHARS_PER_TOKEN = 4


class Unanswered(Exception):
    """The worker made no completion for this request. `code` names why."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


class Relay(ThreadingHTTPServer):
    """Passes requests on to `complete`, one after the other. `most`: cap of a reply's tokens; `model`: its name here."""

    daemon_threads = True

    def __init__(self, complete: Callable[[dict[str, Any]], dict[str, Any]], most: int, model: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.most, self.model = most, model
        self._complete, self._turn = complete, threading.Lock()

    @property
    def url(self) -> str:
        """Its address, without a path."""
        return f"http://127.0.0.1:{self.server_port}"

    def complete(self, request: dict[str, Any]) -> dict[str, Any]:
        """One completion. Raises Unanswered."""
        with self._turn:
            return self._complete(request)


@contextlib.contextmanager
def serving(relay: Relay) -> Iterator[Relay]:
    """Serve in a thread until the block ends."""
    threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield relay
    finally:
        relay.shutdown()
        relay.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Relay

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Nobody reads it."""

    def do_HEAD(self) -> None:
        self._send(200, b"")

    def do_GET(self) -> None:
        model = {"id": self.server.model, "object": "model", "type": "model", "owned_by": "frmo", "created": 0}
        self._json(200, {"object": "list", "data": [model]})

    def do_POST(self) -> None:
        path = self.path.partition("?")[0].rstrip("/")
        try:
            body = self._body()
            if path.endswith("/messages/count_tokens"):
                self._json(200, {"input_tokens": len(json.dumps(body)) // _CHARS_PER_TOKEN})
            elif path.endswith("/messages"):
                answer = self.server.complete(wires.from_messages(body, self.server.most))
                self._answer(body, answer, wires.to_messages, wires.messages_events)
            elif path.endswith("/chat/completions"):
                answer = self.server.complete(wires.from_chat(body, self.server.most))
                self._answer(body, answer, wires.to_chat, wires.chat_events)
            else:
                self._fault(
                    404, "not_found_error", f"there is no {path} here, only /v1/messages and /v1/chat/completions"
                )
        except Unanswered as error:
            self._fault(400, "invalid_request_error", f"{error.code}: {error}")
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            self._fault(400, "invalid_request_error", f"the request can't be read: {error!r}")

    def _body(self) -> dict[str, Any]:
        length = int(self.headers.get("content-length") or 0)
        if not 0 < length <= _MOST_BODY:
            raise ValueError("a body with its length is needed")
        body = json.loads(self.rfile.read(length))
        if not isinstance(body, dict):
            raise TypeError("not an object")
        return body

    def _answer(
        self,
        body: dict[str, Any],
        answer: dict[str, Any],
        whole: Callable[[dict[str, Any]], dict[str, Any]],
        events: Callable[[dict[str, Any]], Iterable[bytes]],
    ) -> None:
        if not body.get("stream"):
            self._json(200, whole(answer))
            return
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("transfer-encoding", "chunked")
        self.end_headers()
        for event in events(answer):
            self.wfile.write(b"%x\r\n%s\r\n" % (len(event), event))
        self.wfile.write(b"0\r\n\r\n")

    def _fault(self, code: int, kind: str, message: str) -> None:
        self._json(code, {"type": "error", "error": {"type": kind, "message": message, "code": kind}})

    def _json(self, code: int, data: dict[str, Any]) -> None:
        self._send(code, json.dumps(data).encode())

    def _send(self, code: int, content: bytes) -> None:
        self.send_response(code)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
