"""JSON-RPC towards a node: one typed outcome per request, bounded retries where a retry is harmless.

A request ends in a result, in :class:`RpcError` (the node answered with an error object), or in
:class:`~zkattest.errors.ChainUnreachableError` (no answer after all retries). Every request made here may be
repeated: reads have no effect, and the only write is the same signed bytes again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import requests
from web3.exceptions import Web3Exception
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse

from zkattest.errors import ChainError, ChainUnreachableError, InputError

if TYPE_CHECKING:
    from zkattest.chain.embedded import EmbeddedNode

#: HTTP statuses that a later try may not meet: time-out, too many requests, and the server's own failures.
_PASSING_STATUSES: Final = frozenset({408, 425, 429, 500, 502, 503, 504})


class RpcError(ChainError):
    """The node answered with an error object. Callers translate what they understand.

    Attributes:
        code: JSON-RPC error code; 3 is a revert.
        reason: the node's words, at most 200 characters.
        data: hexadecimal revert data, or None.
    """

    def __init__(self, code: int, reason: str, data: str | None = None) -> None:
        self.code = code
        self.reason = reason[:200]
        self.data = data
        super().__init__(
            f"The node refused the request: {self.reason} (code {code}).", remedy="Check the node."
        )


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently a request is repeated when no answer comes.

    Attributes:
        attempts: tries in all, at least 1.
        first_delay_s: pause after the first failure; doubles each time.
        longest_delay_s: upper limit of a pause.
    """

    attempts: int = 6
    first_delay_s: float = 0.25
    longest_delay_s: float = 8.0

    def delay_s(self, failures: int) -> float:
        """The pause after ``failures`` failures, seconds."""
        return min(self.first_delay_s * 2.0 ** (failures - 1), self.longest_delay_s)


class EmbeddedProvider(BaseProvider):
    """web3's view of an :class:`~zkattest.chain.embedded.EmbeddedNode`."""

    def __init__(self, node: EmbeddedNode) -> None:
        super().__init__()
        self.node = node

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        try:
            return {"jsonrpc": "2.0", "id": 1, "result": self.node.request(method, list(params))}
        except RpcError as fault:
            error: dict[str, Any] = {"code": fault.code, "message": fault.reason}
            if fault.data is not None:
                error["data"] = fault.data
            return {"jsonrpc": "2.0", "id": 1, "error": error}  # type: ignore[typeddict-item]

    def is_connected(self, show_traceback: bool = False) -> bool:
        return True


class Rpc:
    """Requests to one node.

    Arguments:
        provider: any synchronous web3 provider.
        name: the node's name in messages; never the whole URL, whose path may hold an access key.
        retry: the policy for requests that get no answer.
    """

    def __init__(self, provider: BaseProvider, name: str, retry: RetryPolicy | None = None) -> None:
        self.provider = provider
        self.name = name
        self._retry = retry or RetryPolicy()
        self._sleep: Callable[[float], None] = time.sleep

    def request(self, method: str, *params: Any) -> Any:
        """The result of one request.

        Raises:
            RpcError: the node's error object.
            ChainUnreachableError: no usable answer after all tries; repeating the command is harmless.
        """
        for failures in range(1, self._retry.attempts + 1):
            try:
                return self._once(method, params)
            except _NoAnswerError as failure:
                if failures == self._retry.attempts or not failure.passing:
                    raise ChainUnreachableError(
                        f"{self.name} gave no usable answer to {method} in {failures} tries: {failure}.",
                        remedy="Check the node and the network, then repeat the command: nothing doubles.",
                    ) from None
                self._sleep(self._retry.delay_s(failures))
        raise AssertionError("a retry policy has at least one attempt")

    def _once(self, method: str, params: tuple[Any, ...]) -> Any:
        try:
            response: Any = self.provider.make_request(RPCEndpoint(method), list(params))
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            raise _NoAnswerError(f"HTTP status {status}", passing=status in _PASSING_STATUSES) from None
        except (OSError, ValueError, Web3Exception) as error:
            # requests' exceptions are OSErrors, bad JSON is a ValueError. Their texts may hold the URL.
            raise _NoAnswerError(type(error).__name__) from None
        if not isinstance(response, dict):
            raise _NoAnswerError("no JSON object")
        fault = response.get("error")
        if fault is None:
            if "result" not in response:
                raise _NoAnswerError("neither result nor error")
            return response["result"]
        raise _fault(fault)

    def quantity(self, method: str, *params: Any) -> int:
        """The result of a request that returns a hexadecimal integer."""
        result = self.request(method, *params)
        try:
            return int(result, 16)
        except (TypeError, ValueError):
            raise ChainError(
                f"{self.name} answered {method} with something that is no quantity.",
                remedy="Use another node.",
            ) from None

    def octets(self, method: str, *params: Any) -> bytes:
        """The result of a request that returns hexadecimal data."""
        result = self.request(method, *params)
        try:
            return bytes.fromhex(str(result).removeprefix("0x"))
        except ValueError:
            raise ChainError(
                f"{self.name} answered {method} with something that is no data.", remedy="Use another node."
            ) from None


class _NoAnswerError(Exception):
    def __init__(self, reason: str, *, passing: bool = True) -> None:
        super().__init__(reason)
        self.passing = passing


def _fault(fault: Any) -> RpcError:
    if not isinstance(fault, dict):
        return RpcError(-32000, str(fault))
    code = fault.get("code")
    found = fault.get("data")
    if isinstance(found, dict):  # some nodes nest the revert data
        found = found.get("data") or found.get("result")
    if isinstance(found, str):
        found = found.removeprefix("Reverted ")
    return RpcError(
        code if isinstance(code, int) else -32000,
        str(fault.get("message", "")),
        found if isinstance(found, str) and found.startswith("0x") else None,
    )


def open_provider(url: str, *, timeout_s: float) -> tuple[BaseProvider, str]:
    """A provider for ``url`` and its name for messages.

    Arguments:
        url: ``http(s)://…``, or the path of an IPC socket (``ipc://path`` or ``*.ipc``).
        timeout_s: seconds until one request counts as unanswered.

    Raises:
        InputError: the URL is of no known kind.
    """
    from web3 import HTTPProvider, IPCProvider

    parts = urlsplit(url)
    host = parts.hostname or ""
    name = f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}"
    if parts.scheme in ("http", "https") and host:
        return (
            HTTPProvider(url, request_kwargs={"timeout": timeout_s}, exception_retry_configuration=None),
            name,
        )
    if parts.scheme == "ipc" or url.endswith(".ipc"):
        path = url.removeprefix("ipc://")
        return IPCProvider(path, timeout=int(max(1, timeout_s))), f"ipc://{path}"
    raise InputError(
        "The node's address is of no known kind.",
        remedy="Give http://…, https://… or the path of an .ipc socket.",
    )
