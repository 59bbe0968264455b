"""Nodes over HTTP: bounded retries, and access keys in URLs that are never told."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from chain_world import QUICK

from zkattest.chain import Chain, RetryPolicy
from zkattest.chain.embedded import EmbeddedNode
from zkattest.chain.rpc import RpcError
from zkattest.errors import ChainError, ChainUnreachableError, InputError

SECRET = "SECRET-ACCESS-KEY"


class Server(http.server.ThreadingHTTPServer):
    """An embedded node behind HTTP; ``disturb`` may answer instead: (status, body) or None."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.node = EmbeddedNode()
        self.requests = 0
        self.disturb: Callable[[int], tuple[int, bytes] | None] = lambda number: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v3/{SECRET}"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests += 1
        answer = self.server.disturb(self.server.requests)
        if answer is None:
            try:
                response: dict[str, Any] = {
                    "result": self.server.node.request(request["method"], request["params"])
                }
            except RpcError as fault:
                response = {"error": {"code": fault.code, "message": fault.reason, "data": fault.data}}
            answer = 200, json.dumps({"jsonrpc": "2.0", "id": request["id"], **response}).encode()
        with contextlib.suppress(BrokenPipeError):  # the client gave up
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


def connect(url: str, **options: Any) -> Chain:
    return Chain.connect(url, account=None, state=None, **{"retry": QUICK, "request_timeout_s": 5, **options})


def test_a_node_over_http(server: Server) -> None:
    chain = connect(server.url, expected_chain_id=server.node.chain_id)
    assert chain.chain_id == server.node.chain_id
    assert chain.block_number() == 0


@pytest.mark.parametrize(
    "answer",
    [(503, b"busy"), (429, b""), (200, b"<html>proxy</html>"), (200, b"[]"), (200, b'"x"'), (200, b"\xff")],
)
def test_passing_failures_are_retried(server: Server, answer: tuple[int, bytes]) -> None:
    server.disturb = lambda number: answer if number % 3 else None
    assert connect(server.url).chain_id == server.node.chain_id


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_lasting_failures_are_told_at_once(server: Server, status: int) -> None:
    server.disturb = lambda number: (status, b"no")
    with pytest.raises(ChainUnreachableError, match=f"HTTP status {status}") as caught:
        connect(server.url)
    assert server.requests == 1
    assert SECRET not in str(caught.value)


def test_retries_end(server: Server) -> None:
    server.disturb = lambda number: (503, b"busy")
    with pytest.raises(ChainUnreachableError, match=r"127\.0\.0\.1:\d+ gave .* in 3 tries") as caught:
        connect(server.url)
    assert server.requests == 3
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    "url",
    [
        f"http://127.0.0.1:9/v3/{SECRET}",
        f"http://user:{SECRET}@127.0.0.1:9/",
        f"http://no-such-host.invalid/{SECRET}",
    ],
)
def test_a_node_that_is_not_there(url: str) -> None:
    with pytest.raises(ChainUnreachableError) as caught:
        connect(url)
    assert SECRET not in str(caught.value)


def test_a_node_that_never_answers(server: Server) -> None:
    def sleep(number: int) -> None:
        time.sleep(3)

    server.disturb = sleep
    begin = time.monotonic()
    with pytest.raises(ChainUnreachableError, match="Timeout"):
        connect(server.url, request_timeout_s=0.2, retry=RetryPolicy(2, 0.0, 0.0))
    assert time.monotonic() - begin < 2.5


def test_the_pauses_grow_and_are_bounded() -> None:
    policy = RetryPolicy(attempts=8, first_delay_s=0.5, longest_delay_s=4.0)
    assert [policy.delay_s(failures) for failures in range(1, 6)] == [0.5, 1.0, 2.0, 4.0, 4.0]


@pytest.mark.parametrize(
    "url", ["", "localhost:8545", "ftp://host", "ws://host", "http://", "/some/path", f"{SECRET}"]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(InputError, match="http://") as caught:
        connect(url)
    assert SECRET not in str(caught.value)


def test_an_ipc_socket_that_is_not_there(tmp_path: Any) -> None:
    with pytest.raises(ChainError):
        connect(str(tmp_path / "node.ipc"))
