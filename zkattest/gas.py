"""What chains charge besides executing code, and what gas costs in money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zkattest.errors import InputError

#: Of any transaction (yellow paper, G_transaction), and of its calldata (EIP-2028).
TRANSACTION: Final = 21_000
ZERO_BYTE: Final = 4
NONZERO_BYTE: Final = 16

#: EIP-7623: a transaction costs at least this for each token of calldata, four to a byte that is not zero.
FLOOR_TOKEN: Final = 10

_WORD: Final = 32
_GWEI: Final = 1e-9


def transaction_gas(zeros: int, others: int, execution: int) -> int:
    """Gas of a transaction.

    Arguments:
        zeros, others: bytes of its calldata that are zero, and that are not.
        execution: gas of the code that it runs.
    """
    standard = ZERO_BYTE * zeros + NONZERO_BYTE * others + execution
    return TRANSACTION + max(standard, FLOOR_TOKEN * (zeros + 4 * others))


def padded_bytes(size: int) -> int:
    """Bytes that ``size`` bytes take in the ABI's encoding, with their length."""
    return _WORD + (size + _WORD - 1) // _WORD * _WORD


@dataclass(frozen=True)
class GasPrice:
    """The reader's prices.

    Attributes:
        gwei: for a unit of gas, 10^-9 ether.
        ether: for an ether, in any money; None: costs are said in ether.

    Raises:
        InputError: a negative price, or none.
    """

    gwei: float
    ether: float | None = None

    def __post_init__(self) -> None:
        for name, value in (("gas", self.gwei), ("ether", self.ether)):
            if value is not None and not 0 <= value < float("inf"):
                raise InputError(f"A price of {name} of {value!r}.", remedy="Give a number from 0 on.")

    def cost(self, gas: int) -> float:
        """What ``gas`` costs."""
        return gas * self.gwei * _GWEI * (1.0 if self.ether is None else self.ether)
