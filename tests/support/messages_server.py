"""A loopback server that speaks the Messages and chat completions APIs, and every fault a provider ever showed."""

import contextlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = b"<!doctype html><html><body>Sign in to the network</body></html>"


@dataclass(frozen=True)
class Play:
    """What the server does with one request. `fault` '' answers well; the other fields are the answer's."""

    text: str = "hello"
    fault: str = ""
    status: int = 200
    headers: dict = field(default_factory=dict)
    stop_reason: str | None = "end_turn"
    content: list | None = None
    input_tokens: int | None = None
    output_tokens: int = 5
    cache_read: int = 0
    cache_write: int = 0
    delay_s: float = 0.0


@dataclass(frozen=True)
class Seen:
    """One request as it came in."""

    path: str
    headers: dict
    body: dict


def status(code, **headers):
    """A refusal with a status and headers."""
    return Play(status=code, headers={name.replace("_", "-"): str(value) for name, value in headers.items()})


def plays(*items):
    """A plan: the items one after the other, the last for ever."""
    return lambda number, body: items[min(number, len(items)) - 1]


GOOD = plays(Play())


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


class MessagesServer:
    """Plays `plan(number, body)` for the completion of that number (from 1). Use as a context manager."""

    def __init__(self, plan=GOOD):
        self.plan = plan
        self.seen = []
        self.ended = threading.Event()
        self.lock = threading.Lock()
        handler = type("BoundHandler", (_Handler,), {"owner": self})
        self._server = _Server(("127.0.0.1", 0), handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def calls(self):
        """Requests for completions, token counts left out."""
        return [seen for seen in self.seen if not seen.path.endswith("count_tokens")]

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    owner: MessagesServer

    def log_message(self, *_):
        pass

    def handle(self):
        with contextlib.suppress(OSError):  # the client left, as some tests want
            super().handle()

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.owner.lock:
            self.owner.seen.append(Seen(self.path, headers, body))
            number = len(self.owner.calls)
        if self.path.endswith("count_tokens"):
            self._send(200, json.dumps({"input_tokens": counted(body)}).encode())
        else:
            self._play(self.owner.plan(number, body), body)

    def _play(self, play, body):
        reply = chat_reply if self.path.endswith("chat/completions") else message_reply
        answer = json.dumps(reply(play, body)).encode()
        self.owner.ended.wait(play.delay_s)
        match play.fault:
            case "hang":
                self.owner.ended.wait(60)
            case "close":
                self.close_connection = True
            case "cut":
                self._head(200, len(answer) + 1000, {})
                self.wfile.write(answer[: len(answer) // 2])
                self.close_connection = True
            case "torn":
                self._send(200, answer[: len(answer) // 2])
            case "html":
                self._send(200, PAGE, {"content-type": "text/html"})
            case "list":
                self._send(200, b"[]")
            case "empty":
                self._send(200, b"{}")
            case "error200":
                self._send(200, b'{"type":"error","error":{"type":"api_error","message":"inner"}}')
            case "drip":
                self._drip(answer)
            case _ if play.status != 200:
                self._send(play.status, error_body(play.status), play.headers)
            case _:
                self._send(200, answer, play.headers)

    def _drip(self, answer):
        self._head(200, len(answer), {})
        for byte in answer:
            if self.owner.ended.wait(0.2):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    def _send(self, code, content, headers=()):
        self._head(code, len(content), dict(headers))
        self.wfile.write(content)

    def _head(self, code, length, headers):
        self.send_response(code)
        for name, value in {"content-type": "application/json", "content-length": str(length), **headers}.items():
            self.send_header(name, value)
        self.end_headers()


def counted(body):
    """Tokens of a prompt: its words."""
    texts = [body.get("system") or "", *(str(message["content"]) for message in body["messages"])]
    return sum(len(text.split()) for text in texts)


def message_reply(play, body):
    """A reply of the Messages API."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": play.content if play.content is not None else [{"type": "text", "text": play.text}],
        "stop_reason": play.stop_reason,
        "stop_sequence": None,
        "usage": {
            "input_tokens": counted(body) if play.input_tokens is None else play.input_tokens,
            "output_tokens": play.output_tokens,
            "cache_read_input_tokens": play.cache_read,
            "cache_creation_input_tokens": play.cache_write,
        },
    }


def chat_reply(play, body):
    """A reply of the chat completions API."""
    reasons = {"end_turn": "stop", "max_tokens": "length", "tool_use": "tool_calls"}
    tokens = (counted(body) if play.input_tokens is None else play.input_tokens) + play.cache_read
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "finish_reason": reasons.get(play.stop_reason, play.stop_reason),
                "message": {"role": "assistant", "content": play.text, "tool_calls": play.content},
            }
        ],
        "usage": {
            "prompt_tokens": tokens,
            "completion_tokens": play.output_tokens,
            "total_tokens": tokens + play.output_tokens,
            "prompt_tokens_details": {"cached_tokens": play.cache_read},
        },
    }


def error_body(code):
    """An error object as the API sends it."""
    kinds = {429: "rate_limit_error", 529: "overloaded_error", 401: "authentication_error"}
    error = {"type": kinds.get(code, "api_error"), "message": f"status {code}"}
    return json.dumps({"type": "error", "error": error}).encode()
