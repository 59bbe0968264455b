"""The verifier of ``docs/protocol.md``: its ten steps, under the document's numbers.

What the caller still has to check: that the circuit, the model rows and [tau]_2 are those of a verifying key
that he trusts; that the statement's digest is of the statement that he reads, whose public integers are
``public``; and that the identities of data and output rows in the proof are those in the statement.
"""

from __future__ import annotations

from collections.abc import Sequence

from eth_utils.crypto import keccak

from zkattest.errors import FormatError, MalformedProofError
from zkattest.spec.points import NotAPointError, Point, R, decode_1, decode_2
from zkattest.spec.sumcheck import codec, opening
from zkattest.spec.sumcheck.circuit import COUNTS, DATA, HELPER, MASK, MODEL, OUTPUT, WITNESS, Circuit
from zkattest.spec.sumcheck.evaluation import Advice, agrees, public_inputs, read_advice, read_key
from zkattest.spec.sumcheck.functionals import (
    Challenges,
    Expansion,
    RowWeights,
    eq,
    eq_table,
    powers,
    prod_mod,
)
from zkattest.spec.sumcheck.proof import decode, points, scalars
from zkattest.spec.sumcheck.transcript import Transcript

HALF = pow(2, -1, R)
#: The mask row that makes F uniform: its weight is 1.
ROW_R = (MASK, 1)


def verify(
    circuit: bytes,
    tau_2: bytes,
    model_rows: Sequence[bytes],
    key_binding: bytes,
    statement_digest: bytes,
    public: Sequence[int],
    proof: bytes,
    evaluation: bytes = b"",
) -> bool:
    """Whether ``proof`` holds.

    Arguments:
        circuit: a circuit description's canonical bytes.
        tau_2: [tau]_2, 128 bytes (EIP-197).
        model_rows: 64 bytes each.
        key_binding: 32 bytes.
        statement_digest: 32 bytes.
        public: the public integers, output first.
        proof: the bytes of "Proof bytes".
        evaluation: the key's evaluation part, k u8 and C_0, 65 bytes; empty where it has none.

    Raises:
        MalformedProofError: the proof's shape, or a number of rows or integers, is not the circuit's.
        FormatError: the circuit description is not canonical, a point of the key is none, or the evaluation
            key is not of this circuit's size.
    """
    described = codec.decode(circuit)
    evaluation_key = read_key(evaluation, described)
    key_rows, tau = _key_points(model_rows, tau_2)
    if len(key_binding) != 32 or len(statement_digest) != 32:
        raise FormatError("A digest has 32 bytes.")

    # 1. Shape.
    messages = decode(described, proof, evaluation_key is not None)
    stated = None if evaluation_key is None else read_advice(messages.advice)

    # 2. Bind.
    if len(public) != described.public:
        raise MalformedProofError(f"{described.public} public integers expected, {len(public)} given.")
    if len(key_rows) != described.rows[MODEL]:
        raise MalformedProofError(f"{described.rows[MODEL]} model rows expected, {len(key_rows)} given.")
    transcript = Transcript(keccak(circuit), key_binding, statement_digest)

    # 3. Absorb and draw up to alpha.
    transcript.absorb(messages.rows)
    gamma = transcript.draw()  # binds all cells before lookups; (lookups + table) / r
    beta = transcript.draw()
    transcript.absorb(messages.helpers)
    r = tuple(transcript.draw() for _ in range(described.r_length))  # binds helpers; len(r) / r
    alpha = transcript.draw()  # joins the statements; statements / r

    # 4. Sum-check 1.
    (start,) = scalars(messages.start)
    transcript.absorb(messages.start)
    s1, rho = sum_check(transcript, messages.rounds_1, start)
    challenges = Challenges(gamma, beta, r, rho)

    # 5. Sum-check 2.
    s2, sigma = sum_check(transcript, messages.rounds_2, s1)
    u = scalars(messages.u)
    transcript.absorb(messages.u)
    weight = weights_at(described, alpha, sigma)
    mask_2 = s2 - (weight if stated is None else stated.weight) * prod_mod(u)
    delta = transcript.draw()  # separates the claims; (D + 2) / r

    # 6. Functionals.
    expansion = expand(described, challenges, public, alpha, sigma, delta)
    deltas = powers(delta, described.d1 + 3)

    # 7. Sum-check 3.
    claims = [0, start, *u, mask_2]
    value = sum(power * claim for power, claim in zip(deltas, claims, strict=True))
    constant = expansion.constant if stated is None else stated.constant
    s3, z = sum_check(transcript, messages.rounds_3, value - constant)

    # 8. Row weights.
    weights = expansion.row_weights(z)
    add_masks(described, weights, rho, sigma, delta, z)
    rows = _by_region(described, key_rows, points(messages.rows), points(messages.helpers))
    assert all(key in rows for key in weights), "the codec lets no tensor leave its region"
    advised = [row for row in rows if row != ROW_R]
    computed = Advice(expansion.constant, weight, tuple(weights[row] for row in advised))
    if stated is not None and not agrees(stated, computed):
        return False
    advice = computed if stated is None else stated
    weight_of = {**dict(zip(advised, advice.rows, strict=True)), ROW_R: 1}

    # 9. Opening identity, and 10. Pairing: no proof is accepted before both hold.
    opened = opening.read(messages, transcript, evaluation_key)
    if not opening.in_general_position(opened) or not opening.identity_holds(opened, z, s3):
        return False
    row_weights = [weight_of[row] for row in rows]
    inputs = public_inputs((gamma, beta, alpha, delta), r, rho, sigma, z, public, advice)
    return opening.pairing_holds(opened, described.c, row_weights, list(rows.values()), inputs, tau)


def _key_points(model_rows: Sequence[bytes], tau_2: bytes) -> tuple[list[Point], Point]:
    try:
        return [decode_1(row) for row in model_rows], decode_2(tau_2)
    except NotAPointError as error:
        raise FormatError(f"The key is malformed: {error}.") from error


def sum_check(transcript: Transcript, rounds: Sequence[bytes], claim: int) -> tuple[int, tuple[int, ...]]:
    """The value to which the rounds reduce ``claim``, and the point. A round sends c_0, c_2, ..., c_d;
    c_1 follows from p(0) + p(1) = claim."""
    point = []
    for message in rounds:
        c0, *higher = scalars(message)
        transcript.absorb(message)
        x = transcript.draw()  # binds the round's polynomial; d / r
        coefficients = [c0, claim - 2 * c0 - sum(higher), *higher]
        claim = (
            sum(c * power for c, power in zip(coefficients, powers(x, len(coefficients)), strict=True)) % R
        )
        point.append(x)
    return claim % R, tuple(point)


def weights_at(circuit: Circuit, alpha: int, sigma: Sequence[int]) -> int:
    """w at sigma: w_t = alpha^k(t) coefficient_t 2^-(n1 - n_t) for term t, 1 for entry K, 0 for the pad."""
    alphas = powers(alpha, len(circuit.statements))
    total = eq(sigma, circuit.k)
    for t, term in enumerate(circuit.terms):
        missing = circuit.n1 - circuit.functionals[term.factors[0]].variables
        weight = alphas[term.statement] * term.coefficient * pow(HALF, missing, R)
        total += weight * eq(sigma, t)
    return total % R


def expand(
    circuit: Circuit,
    challenges: Challenges,
    public: Sequence[int],
    alpha: int,
    sigma: Sequence[int],
    delta: int,
) -> Expansion:
    """Step 6: all functionals and statements with their weights, and the constants of absent factors."""
    expansion = Expansion(circuit, challenges, public)
    eqs, deltas = eq_table(sigma, circuit.k + 1), powers(delta, circuit.d1 + 2)
    of_functional = [0] * len(circuit.functionals)
    for t, term in enumerate(circuit.terms):
        for j in range(circuit.d1):
            weight = deltas[2 + j] * eqs[t] % R
            if j < len(term.factors):
                of_functional[term.factors[j]] += weight
            else:
                expansion.constant += weight
    expansion.constant += sum(deltas[2 + j] * eqs[circuit.k] for j in range(1, circuit.d1))
    used = {j for term in circuit.terms for j in term.factors}
    for index in sorted(used):
        functional = circuit.functionals[index]
        expansion.add(functional.forms, of_functional[index] % R, functional.variables)
    for forms, power in zip(circuit.statements, powers(alpha, len(circuit.statements)), strict=True):
        expansion.add(forms, delta * power % R, 0)
    expansion.constant %= R
    return expansion


def add_masks(
    circuit: Circuit,
    weights: RowWeights,
    rho: Sequence[int],
    sigma: Sequence[int],
    delta: int,
    z: Sequence[int],
) -> None:
    """Steps 6 and 8 for the mask rows: claim 0; mu_S of claim 1 and entry K; g1 of entry K; pads; g2."""
    deltas = powers(delta, circuit.d1 + 3)
    at_linear, at_pad = eq(sigma, circuit.k), eq(sigma, circuit.k + 1)
    entry_k = deltas[2] * at_linear
    cells = [entry_k * value for value in zero_sum_basis(rho, circuit.d1)]
    cells.append(deltas[1] + entry_k * pow(HALF, circuit.n1, R))
    cells += [deltas[circuit.d1 + 2] * value for value in zero_sum_basis(sigma, circuit.d2)]
    cells += [deltas[2 + j] * at_pad for j in range(circuit.d1)]
    of_m = sum(z_a << (circuit.c - a) for a, z_a in enumerate(z, start=1))
    of_m += sum(cell * e for cell, e in zip(cells, eq_table(z, len(cells)), strict=True))
    weights[MASK, 0] = (weights[MASK, 0] + of_m) % R
    weights[ROW_R] = (weights[ROW_R] + 1) % R


def zero_sum_basis(point: Sequence[int], degree: int) -> list[int]:
    """x_i^k - 1/2 for each coordinate i and 1 <= k <= degree: the weights of g's coefficients."""
    return [(pow(x, k, R) - HALF) % R for x in point for k in range(1, degree + 1)]


def _by_region(
    circuit: Circuit, model: Sequence[Point], first: Sequence[Point], helpers: Sequence[Point]
) -> dict[tuple[int, int], Point]:
    """Every row's point under (region, row)."""
    rows = {(MODEL, i): point for i, point in enumerate(model)}
    given = iter(first)
    for region in (DATA, OUTPUT, WITNESS, COUNTS, MASK):
        rows.update({(region, i): next(given) for i in range(circuit.rows[region])})
    rows.update({(HELPER, i): point for i, point in enumerate(helpers)})
    return rows
