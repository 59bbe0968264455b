"""Exactly once: whatever dies or lies between wish and receipt, the effect happens once and is not lost."""

from __future__ import annotations

import json
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from chain_world import (
    DisturbedProvider,
    chain_on,
    count,
    developer,
    die,
    double,
    execute,
    foreign,
    funded_account,
    in_child,
    increment,
    make_counter,
    refused_connection,
)
from eth_account import Account as KeyTool

from zkattest.chain import Account, Chain, Patience
from zkattest.chain.transaction import Intent
from zkattest.errors import ChainError, ChainUnreachableError, RevertedError, SigningKeyError, WrongChainError


def journal_of(tmp_path: Path) -> Path:
    (path,) = (tmp_path / "state").glob("journal-*.jsonl")
    return path


def records(tmp_path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in journal_of(tmp_path).read_text().splitlines()]


def attempts(tmp_path: Path, intent: str = "count") -> list[dict[str, Any]]:
    return [
        record for record in records(tmp_path) if record["kind"] == "attempt" and record["label"] == intent
    ]


# --- crashes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["prepared", "signed", "journalled", "sent", "mined", "recorded"])
def test_a_kill_at_any_step_then_a_retry_counts_once(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain, step: str
) -> None:
    counter = make_counter(chain)

    def until(reached: str, tx_hash: str) -> None:
        if reached == step:
            die()

    def send() -> None:
        client = chain_on(DisturbedProvider(provider.path), tmp_path / "state", on_step=until)
        execute(client, increment(counter))

    assert in_child(send) == -signal.SIGKILL
    sent_before = step in ("sent", "mined", "recorded")
    assert count(provider.node, counter) == int(sent_before)
    receipt = execute(chain, increment(counter))
    assert count(provider.node, counter) == 1
    assert receipt.succeeded
    assert len(attempts(tmp_path)) == 1
    again = execute(chain, increment(counter))
    assert again == receipt
    assert count(provider.node, counter) == 1


def test_a_torn_last_line_was_never_sent(tmp_path: Path, provider: DisturbedProvider, chain: Chain) -> None:
    counter = make_counter(chain)
    journal = journal_of(tmp_path)
    whole = journal.read_bytes()
    execute(chain, increment(counter, b"first"))
    journal.write_bytes(journal.read_bytes() + b'{"format": 1, "kind": "attempt", "inte')
    execute(chain, increment(counter, b"second"))
    assert count(provider.node, counter) == 2
    assert all(record["format"] == 1 for record in records(tmp_path))
    assert journal.read_bytes().startswith(whole)


@pytest.mark.parametrize(
    "line", [b"garbage\n", b"[]\n", b'{"format": 2}\n', b'{"format": 1, "kind": "attempt"}\n']
)
def test_a_damaged_journal_stops_everything(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain, line: bytes
) -> None:
    counter = make_counter(chain)
    journal = journal_of(tmp_path)
    journal.write_bytes(line + journal.read_bytes())
    with pytest.raises(ChainError, match="damaged"):
        execute(chain, increment(counter))
    assert count(provider.node, counter) == 0


def test_a_journal_that_cannot_be_written_stops_the_send(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain, monkeypatch: pytest.MonkeyPatch
) -> None:
    counter = make_counter(chain)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("zkattest.chain.journal.os.fsync", full)
    with pytest.raises(ChainError, match="Nothing was sent"):
        execute(chain, increment(counter))
    monkeypatch.undo()
    assert count(provider.node, counter) == 0
    execute(chain, increment(counter))
    assert count(provider.node, counter) == 1


# --- a line that fails ------------------------------------------------------------------------------


def test_a_line_that_dies_at_any_request_then_a_retry_counts_once(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain
) -> None:
    """For each request of a transaction: the line is dead from there on, before or after the node acts."""
    counter = make_counter(chain)
    begin = len(provider.calls)
    execute(chain, increment(counter, b"undisturbed"))
    length = len(provider.calls) - begin
    assert "eth_sendRawTransaction" in provider.calls[begin:]
    done = 1
    for moment in ("before", "after"):
        for dead_from in range(length):
            intent = increment(counter, f"{moment} {dead_from}".encode())
            begin = len(provider.calls)

            def cut(
                number: int, method: str, params: Any, response: Any = None, at: int = begin + dead_from
            ) -> Any:
                if number >= at:
                    refused_connection()
                return response

            setattr(provider, moment, cut)
            with pytest.raises(ChainUnreachableError, match="nothing doubles") as caught:
                execute(chain, intent)
            assert "SECRET" not in str(caught.value)
            provider.before = lambda number, method, params: None
            provider.after = lambda number, method, params, response: response
            assert execute(chain, intent).succeeded
            done += 1
            assert count(provider.node, counter) == done, (moment, dead_from)
    assert len(attempts(tmp_path)) == done


def test_single_failures_are_retried_silently(provider: DisturbedProvider, chain: Chain) -> None:
    counter = make_counter(chain)
    provider.before = lambda number, method, params: refused_connection() if number % 3 == 0 else None
    for index in range(3):
        execute(chain, increment(counter, bytes([index])))
    provider.before = lambda number, method, params: None
    assert count(provider.node, counter) == 3


def test_duplicated_requests_count_once(provider: DisturbedProvider, chain: Chain) -> None:
    counter = make_counter(chain)

    def again(number: int, method: str, params: Any, response: Any) -> Any:
        try:
            return {"result": provider.node.request(method, list(params))}
        except Exception as error:
            return {"error": {"code": -32000, "message": error.reason}}  # type: ignore[attr-defined]

    provider.after = again
    execute(chain, increment(counter))
    assert count(provider.node, counter) == 1


@pytest.mark.parametrize(
    "response",
    [None, [], "text", {}, {"result": "0xzz"}, {"result": {}}, {"error": "boom"}, {"error": {"code": "x"}}],
)
def test_nonsense_answers_are_typed_errors(provider: DisturbedProvider, chain: Chain, response: Any) -> None:
    counter = make_counter(chain)
    for method in ("eth_estimateGas", "eth_getTransactionCount", "eth_blockNumber", "eth_getBalance"):

        def lie(number: int, asked: str, params: Any, honest: Any, method: str = method) -> Any:
            return response if asked == method else honest

        provider.after = lie
        with pytest.raises(ChainError):
            execute(chain, increment(counter))
    provider.after = lambda number, method, params, honest: honest
    execute(chain, increment(counter))
    assert count(provider.node, counter) == 1


# --- nodes that lag, forget and reorganise ------------------------------------------------------------


def test_a_dropped_transaction_is_sent_again_not_signed_again(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain
) -> None:
    counter = make_counter(chain)
    provider.holding = True
    with pytest.raises(ChainError, match="never a second one"):
        execute(chain, increment(counter))
    provider.pool.clear()  # the node restarts and forgets
    provider.holding = False
    execute(chain, increment(counter))
    assert count(provider.node, counter) == 1
    assert len(attempts(tmp_path)) == 1
    assert len(set(provider.sent[1:])) == 1


def test_a_pending_transaction_is_waited_for(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain
) -> None:
    counter = make_counter(chain)
    provider.holding = True
    polls = 0

    def mine_later(number: int, method: str, params: Any, response: Any) -> Any:
        nonlocal polls
        polls += method == "eth_getTransactionByHash"
        if polls == 3 and provider.pool:
            provider.mine()
        return response

    provider.after = mine_later
    execute(chain, increment(counter))
    assert count(provider.node, counter) == 1
    assert len(attempts(tmp_path)) == 1


def test_a_stolen_nonce_is_signed_anew_once_its_thief_is_known(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain
) -> None:
    counter = make_counter(chain)
    provider.holding = True
    with pytest.raises(ChainError):
        execute(chain, increment(counter))
    provider.pool.clear()
    provider.holding = False
    for index in range(5):  # a wallet with the same key, in the meantime
        foreign(provider.node, "0x" + "11" * 20, value=index)
    execute(chain, increment(counter))
    assert count(provider.node, counter) == 1
    first, second = attempts(tmp_path)
    assert second["nonce"] == first["nonce"] + 5


def test_the_first_bytes_cannot_be_mined_after_a_second_signature(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain
) -> None:
    test_a_stolen_nonce_is_signed_anew_once_its_thief_is_known(tmp_path, provider, chain)
    with pytest.raises(Exception, match="nonce too low"):
        provider.node.request("eth_sendRawTransaction", [attempts(tmp_path)[0]["raw"]])


def test_a_receipt_that_lags_is_waited_for(tmp_path: Path, provider: DisturbedProvider, chain: Chain) -> None:
    """The nonce is used up, and the node does not show the receipt yet: its user is ourselves."""
    counter = make_counter(chain)
    hidden = 6

    def hide(number: int, method: str, params: Any, response: Any) -> Any:
        nonlocal hidden
        if method in ("eth_getTransactionReceipt", "eth_getTransactionByHash") and hidden:
            hidden -= 1
            return {"result": None}
        return response

    provider.after = hide
    execute(chain, increment(counter))
    assert hidden == 0
    assert count(provider.node, counter) == 1
    assert len(attempts(tmp_path)) == 1


def test_a_node_without_old_states_is_not_believed(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain
) -> None:
    counter = make_counter(chain)
    provider.holding = True
    with pytest.raises(ChainError):
        execute(chain, increment(counter))
    provider.pool.clear()
    provider.holding = False
    for _ in range(4):
        foreign(provider.node, "0x" + "11" * 20)
    head = int(provider.node.request("eth_blockNumber", []), 16)

    def pruned(number: int, method: str, params: Any, response: Any) -> Any:
        if method == "eth_getTransactionCount" and params[1] not in ("latest", "pending", hex(head)):
            return {"error": {"code": -32000, "message": "missing trie node"}}
        return response

    provider.after = pruned
    with pytest.raises(ChainError, match="cannot show by which"):
        execute(chain, increment(counter))
    assert len(attempts(tmp_path)) == 1
    provider.after = lambda number, method, params, response: response
    execute(chain, increment(counter))
    assert count(provider.node, counter) == 1


def test_a_stale_nonce_does_not_hurt(tmp_path: Path, provider: DisturbedProvider, chain: Chain) -> None:
    counter = make_counter(chain)
    execute(chain, increment(counter, b"one"))
    stale = 3

    def lag(number: int, method: str, params: Any, response: Any) -> Any:
        nonlocal stale
        if method == "eth_getTransactionCount" and stale:
            stale -= 1
            return {"result": hex(int(response["result"], 16) - 1)}
        return response

    provider.after = lag
    execute(chain, increment(counter, b"two"))
    assert count(provider.node, counter) == 2


def test_a_reorganised_transaction_is_sent_again(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain
) -> None:
    counter = make_counter(chain)
    before = provider.snapshot()
    receipt = execute(chain, increment(counter))
    provider.reorganise(before)
    assert count(provider.node, counter) == 0
    assert chain.receipt(receipt.tx_hash) is None
    again = execute(chain, increment(counter))
    assert again.tx_hash == receipt.tx_hash
    assert count(provider.node, counter) == 1
    assert len(attempts(tmp_path)) == 1


def test_a_block_that_vanishes_before_it_is_deep_enough(tmp_path: Path, provider: DisturbedProvider) -> None:
    patient = Patience(confirmations=3, timeout_s=5.0, poll_s=0.0)
    # the chain only grows when somebody sends: every look at the head is followed by a foreign block
    chain = chain_on(provider, tmp_path / "state", patience=patient)
    grow = lambda number, method, params: (  # noqa: E731
        foreign(provider.node, "0x" + "22" * 20) if method == "eth_blockNumber" else None
    )
    stranger = funded_account(provider.node)
    chain = chain_on(provider, tmp_path / "state", patience=patient, account=stranger)
    provider.before = grow
    counter = make_counter(chain)
    provider.before = lambda number, method, params: None
    before = provider.snapshot()
    reorganised = False

    def reorganise_once(number: int, method: str, params: Any, response: Any) -> Any:
        nonlocal reorganised
        if method == "eth_getTransactionReceipt" and response["result"] and not reorganised:
            reorganised = True
            provider.reorganise(before)
            provider.before = grow
        return response

    provider.after = reorganise_once
    receipt = execute(chain, increment(counter))
    assert reorganised
    assert count(provider.node, counter) == 1
    assert len(attempts(tmp_path)) == 1
    head = int(provider.node.request("eth_blockNumber", []), 16)
    assert head - receipt.block_number + 1 >= 3
    block = provider.node.request("eth_getBlockByNumber", [hex(receipt.block_number)])
    assert block["hash"] == receipt.block_hash


def test_a_receipt_of_an_abandoned_block_is_not_believed(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain
) -> None:
    """A node whose index still shows the receipt of a block that is no longer canonical."""
    counter = make_counter(chain)
    before = provider.snapshot()
    receipt = execute(chain, increment(counter))
    stale = provider.node.request("eth_getTransactionReceipt", [receipt.tx_hash])
    provider.reorganise(before)
    foreign(
        provider.node, "0x" + "33" * 20, gas=21_000
    )  # another block of that height, and the nonce is gone

    def abandoned(number: int, method: str, params: Any, response: Any) -> Any:
        if method == "eth_getTransactionReceipt" and params[0] == receipt.tx_hash:
            return {"result": stale}
        return response

    provider.after = abandoned
    again = execute(chain, increment(counter))
    assert again.tx_hash != receipt.tx_hash
    assert count(provider.node, counter) == 1


def test_a_thief_that_is_not_deep_enough_may_vanish(tmp_path: Path, provider: DisturbedProvider) -> None:
    """The nonce's foreign user can be reorganised away, and then the first bytes are valid again."""
    patient = Patience(confirmations=2, timeout_s=0.3, poll_s=0.0)
    chain = chain_on(provider, tmp_path / "state", patience=patient)
    counter = make_counter(chain_on(provider, tmp_path / "helper"))
    before = provider.snapshot()
    provider.holding = True
    with pytest.raises(ChainError):
        execute(chain, increment(counter))
    provider.pool.clear()
    provider.holding = False
    foreign(provider.node, "0x" + "33" * 20)
    with pytest.raises(ChainError, match="not final"):
        execute(chain, increment(counter))
    assert len(attempts(tmp_path)) == 1  # a second signature here would count twice below
    provider.reorganise(before)
    with pytest.raises(ChainError, match="not final"):
        execute(chain, increment(counter))
    assert count(provider.node, counter) == 1
    foreign(provider.node, "0x" + "33" * 20)
    execute(chain, increment(counter))
    assert count(provider.node, counter) == 1
    assert len(attempts(tmp_path)) == 1


def test_confirmations_are_waited_for(tmp_path: Path, provider: DisturbedProvider) -> None:
    chain = chain_on(
        provider, tmp_path / "state", patience=Patience(confirmations=2, timeout_s=0.2, poll_s=0.0)
    )
    intent = Intent(None, double("Counter").encode_creation([0]), "deploy the counter")
    with pytest.raises(ChainError, match="not final"):
        execute(chain, intent)
    foreign(provider.node, "0x" + "11" * 20)
    assert execute(chain, intent).block_number == 1


# --- reverts ----------------------------------------------------------------------------------------


def test_a_refused_intent_costs_nothing(tmp_path: Path, provider: DisturbedProvider, chain: Chain) -> None:
    counter = make_counter(chain)
    contract = double("Counter")
    balance = chain.balance()
    with pytest.raises(RevertedError) as caught:
        execute(chain, Intent(counter, contract.encode("fail", 1), "fail", abi=contract.abi))
    assert caught.value.name == "Refused"
    assert caught.value.arguments["code"] == 7
    assert caught.value.arguments["caller"] == chain.address
    assert caught.value.exit_code == 1
    assert chain.balance() == balance
    assert not attempts(tmp_path, "fail")


def test_a_revert_in_the_block_is_decoded_and_may_be_tried_again(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain
) -> None:
    counter, contract = make_counter(chain), double("Counter")
    intent = Intent(counter, contract.encode("incrementBelow", 1), "count", abi=contract.abi)
    stranger = funded_account(provider.node)
    racing = chain_on(provider, None, account=stranger)

    def overtake(number: int, method: str, params: Any) -> None:
        if method == "eth_sendRawTransaction":
            provider.before = lambda number, method, params: None
            execute(racing, increment(counter))

    provider.before = overtake
    with pytest.raises(RevertedError) as caught:
        execute(chain, intent)
    assert (caught.value.name, caught.value.arguments["code"]) == ("Refused", 1)
    assert [record["kind"] for record in records(tmp_path)][-1] == "reverted"
    assert count(provider.node, counter) == 1
    spent = chain.balance()
    with pytest.raises(RevertedError):  # now refused before anything is sent
        execute(chain, intent)
    assert chain.balance() == spent
    wider = Intent(counter, contract.encode("incrementBelow", 9), "count", abi=contract.abi)
    execute(chain, wider)
    assert count(provider.node, counter) == 2


def test_running_out_of_gas_is_named(provider: DisturbedProvider, chain: Chain) -> None:
    counter, contract = make_counter(chain), double("Counter")

    def low(number: int, method: str, params: Any, response: Any) -> Any:
        return {"result": hex(60_000)} if method == "eth_estimateGas" else response

    provider.after = low
    intent = Intent(counter, contract.encode("burn", 370_000), "burn gas", abi=contract.abi)
    with pytest.raises(ChainError, match="ran out of gas"):
        execute(chain, intent)
    provider.after = lambda number, method, params, response: response
    assert execute(chain, intent).gas_used > 290_000


# --- fees, funds, chains ----------------------------------------------------------------------------


def test_a_transaction_below_the_base_fee_is_outbid_with_its_own_nonce(
    tmp_path: Path, provider: DisturbedProvider, chain: Chain
) -> None:
    counter = make_counter(chain)
    provider.holding = True
    factor = 1

    def dearer(number: int, method: str, params: Any, response: Any) -> Any:
        nonlocal factor
        if method == "eth_sendRawTransaction":
            factor = 100
        if method == "eth_getBlockByNumber" and response["result"]:
            block = response["result"]
            price = hex(int(block["baseFeePerGas"], 16) * factor)
            response = {"result": {**block, "baseFeePerGas": price}}
        if method == "eth_getTransactionByHash" and len(provider.pool) == 2:
            raw = list(provider.pool.values())
            provider.pool = {"newest": raw[1], "oldest": raw[0]}
            provider.mine()
        return response

    provider.after = dearer
    receipt = execute(chain, increment(counter))
    first, second = attempts(tmp_path)
    assert first["nonce"] == second["nonce"]
    assert second["max_fee"] >= first["max_fee"] * 9 // 8
    assert second["priority_fee"] >= first["priority_fee"] * 9 // 8
    assert receipt.tx_hash == second["tx_hash"]
    assert count(provider.node, counter) == 1


def test_chains_without_a_base_fee_get_legacy_transactions(provider: DisturbedProvider, chain: Chain) -> None:
    counter = make_counter(chain)

    def legacy(number: int, method: str, params: Any, response: Any) -> Any:
        if method == "eth_getBlockByNumber" and response["result"]:
            return {"result": {name: v for name, v in response["result"].items() if name != "baseFeePerGas"}}
        return response

    provider.after = legacy
    receipt = execute(chain, increment(counter))
    assert provider.node.request("eth_getTransactionByHash", [receipt.tx_hash])["type"] == "0x0"


def test_the_fees_and_gas_have_headroom(provider: DisturbedProvider, chain: Chain) -> None:
    counter = make_counter(chain)
    receipt = execute(chain, increment(counter))
    found = provider.node.request("eth_getTransactionByHash", [receipt.tx_hash])
    assert found["type"] == "0x2"
    assert 1.2 * receipt.gas_used <= int(found["gas"], 16) <= 1.6 * receipt.gas_used
    parent = provider.node.request("eth_getBlockByNumber", [hex(receipt.block_number - 1)])
    assert int(found["maxFeePerGas"], 16) >= 2 * int(parent["baseFeePerGas"], 16)
    assert receipt.cost == receipt.gas_used * receipt.effective_gas_price


def test_an_empty_account_is_told_its_need(provider: DisturbedProvider, tmp_path: Path, chain: Chain) -> None:
    counter = make_counter(chain)
    poor = chain_on(provider, tmp_path / "poor", account=Account(KeyTool.create()))
    with pytest.raises(ChainError, match=r"needs up to 0\.\d+ ether and holds 0\.000000 ether"):
        execute(poor, increment(counter))
    assert not list((tmp_path / "poor").glob("*.jsonl"))


def test_too_much_gas_is_refused_before_signing(provider: DisturbedProvider, chain: Chain) -> None:
    counter, contract = make_counter(chain), double("Counter")
    with pytest.raises(ChainError, match="gas"):
        execute(chain, Intent(counter, contract.encode("burn", 4_200_000), "burn gas", abi=contract.abi))

    def huge(number: int, method: str, params: Any, response: Any) -> Any:
        return {"result": hex(31_000_000)} if method == "eth_estimateGas" else response

    provider.after = huge
    with pytest.raises(ChainError, match="a block of this chain holds 30,000,000"):
        execute(chain, increment(counter))


def test_the_wrong_chain_is_refused(provider: DisturbedProvider, tmp_path: Path) -> None:
    with pytest.raises(WrongChainError, match="expected 1"):
        chain_on(provider, tmp_path / "state", expected_chain_id=1)


def test_a_node_that_changes_chains_cannot_replay(provider: DisturbedProvider, tmp_path: Path) -> None:
    chain = chain_on(provider, tmp_path / "state")
    counter = make_counter(chain)
    other = DisturbedProvider(tmp_path / "other.db")
    real, provider.node = provider.node, other.node
    foreign(other.node, developer_address(real), value=10**18)

    def estimate(number: int, method: str, params: Any, response: Any) -> Any:
        return {"result": hex(50_000)} if method == "eth_estimateGas" else response

    provider.after = estimate
    with pytest.raises(WrongChainError):
        execute(chain, increment(counter))


def developer_address(node: Any) -> str:
    return str(KeyTool.from_key(node.development_key()).address)


def test_reading_needs_no_account_and_writing_does(provider: DisturbedProvider, chain: Chain) -> None:
    counter = make_counter(chain)
    reader = Chain(provider, "the test node", account=None, state=None)
    assert reader._session.value(double("Counter"), counter, "count") == 0
    assert reader.address is None
    with pytest.raises(SigningKeyError, match="To count takes an account"):
        execute(reader, increment(counter))


def test_threads_that_share_a_client_take_turns(provider: DisturbedProvider, chain: Chain) -> None:
    counter = make_counter(chain)
    with ThreadPoolExecutor(4) as pool:
        for index in range(8):
            pool.submit(execute, chain, increment(counter, bytes([index % 6])))
    assert count(provider.node, counter) == 6
    assert len(provider.sent) == 1 + 6


# --- intents ----------------------------------------------------------------------------------------


def test_a_wish_is_one_wish_per_chain_sender_target_data_and_precondition(
    provider: DisturbedProvider, chain: Chain, tmp_path: Path
) -> None:
    counter = make_counter(chain)
    sender = chain._session._sender
    base = increment(counter, b"x")
    other = chain_on(provider, tmp_path / "b", account=Account(KeyTool.create()))._session._sender
    elsewhere = chain_on(DisturbedProvider(), None, account=developer(provider))._session._sender
    keys = {
        sender.key(base),
        sender.key(increment(counter, b"y")),
        sender.key(increment("0x" + "11" * 20, b"x")),
        sender.key(Intent(None, base.data, "count")),
        sender.key(Intent(counter, base.data, "count", b"precondition")),
        sender.key(Intent(counter, base.data + b"precondition", "count")),
        other.key(base),
        elsewhere.key(base),
    }
    assert len(keys) == 8
    assert sender.key(Intent(counter.lower(), base.data, "in other words")) == sender.key(base)


def test_a_precondition_lets_an_effect_repeat(provider: DisturbedProvider, chain: Chain) -> None:
    counter = make_counter(chain)
    for precondition in (b"a", b"b", b"a"):
        execute(chain, Intent(counter, increment(counter).data, "count", precondition))
    assert count(provider.node, counter) == 2
