"""Public ceremonies that are recognised by what they published."""

from __future__ import annotations

from typing import Final

#: blake2b-512 of the final files of the Hermez ceremony (``powersOfTau28_hez_final_<power>.ptau``), by power.
HERMEZ_BLAKE2B: Final = {
    8: "d6a8fb3a04feb600096c3b791f936a578c4e664d262e4aa24beed1b7a9a96aa5"
    "eb72864d628db247e9293384b74b36ffb52ca8d148d6e1b8b51e279fdf57b583",
    10: "6cfeb8cda92453099d20120bdd0e8a5c4e7706c2da9a8f09ccc157ed2464d921"
    "fd0437fb70db42104769efd7d6f3c1f964bcf448c455eab6f6c7d863e88a5849",
    12: "ded2694169b7b08e898f736d5de95af87c3f1a64594013351b1a796dbee393bd"
    "825f88f9468c84505ddd11eb0b1465ac9b43b9064aa8ec97f2b73e04758b8a4a",
    16: "6a6277a2f74e1073601b4f9fed6e1e55226917efb0f0db8a07d98ab01df1ccf4"
    "3eb0e8c3159432acd4960e2f29fe84a4198501fa54c8dad9e43297453efec125",
    18: "7e6a9c2e5f05179ddfc923f38f917c9e6831d16922a902b0b4758b8e79c2ab8a"
    "81bb5f29952e16ee6c5067ed044d7857b5de120a90704c1d3b637fd94b95b13e",
    20: "89a66eb5590a1c94e3f1ee0e72acf49b1669e050bb5f93c73b066b564dca4e0c"
    "7556a52b323178269d64af325d8fdddb33da3a27c34409b821de82aa2bf1a27b",
}

#: [tau]_2 of Aztec's ignition ceremony, canonical (as in the verifier contracts that rest on it). It fixes
#: tau, and with it every point of a string that passes the consistency check.
IGNITION_TAU_G2: Final = bytes.fromhex(
    "260e01b251f6f1c7e7ff4e580791dee8ea51d87a358e038b4efe30fac09383c1"
    "0118c4d5b837bcc2bc89b5b398b5974e9f5944073b32078b7e231fec938883b0"
    "04fc6369f7110fe3d25156c1bb9a72859cf2a04641f99ba4ee413c80da6a5fe4"
    "22febda3c0c0632a56475b4214e5615e11e6dd3f96e6cea2854a87d4dacc5e55"
)


def hermez_power(blake2b: str) -> int | None:
    """The power of the Hermez file with this hash (hex), or None."""
    return next((power for power, known in HERMEZ_BLAKE2B.items() if known == blake2b), None)
