"""The backend ``ezkl``: Halo2 with KZG over BN254, bit-exact with ``QuantisedModel.execute``.

What a proof shows: for the circuit in the verifying key, the weights whose hash the key pins, and some input
in the declared range and salt with ``Poseidon(input | salt) = input_commitment``, the quantised model gives
exactly ``output``; and the prover bound the proof to ``context``.

ezkl's licence: the package is source-available by Zkonduit Inc. without an open-source licence; check its
terms before use. It is an optional extra and nothing else in zkattest imports it.

Verification, in order (the numbers are repeated in the code):
 1. the verifying key decodes, is of this backend, proof system and ezkl version;
 2. its circuit digest is that of its own settings and architecture;
 3. the statement names this model, circuit and key;
 4. the statement's output has the circuit's size, its input commitment is a canonical field element;
 5. the payload has the exact length, its context hash is a canonical field element;
 6. where the caller gave the reference string: it is the key's;
 7. the instances are rebuilt from the statement, and Halo2 accepts the proof for them.
The caller must still check that the verifying key is the registered one and was not made with an unsafe
string.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from zkattest.backends.artifacts import shipped
from zkattest.backends.base import (
    DEFAULT_SHAPE,
    CommittedModel,
    Estimate,
    EvmVerifier,
    InputSecret,
    IntTensor,
    KeyPublication,
    Keys,
    Profile,
    Proof,
    ProvingKey,
    Rows,
    StatementShape,
    VerifyingKey,
    batched,
    proof_system_id,
)
from zkattest.backends.ezkl import audit, costs, runtime, solidity
from zkattest.backends.ezkl import settings as circuit_settings
from zkattest.backends.ezkl.keys import (
    FIELD,
    PROOF_SYSTEM,
    Payload,
    ProverData,
    VerifierData,
    circuit_hash,
    context_limbs,
    felt_from_json,
    felt_json,
    signed,
)
from zkattest.backends.ezkl.lowering import (
    NOISE_ELEMENTS,
    NOISE_LIMIT,
    Circuit,
    flat_weights,
    lower,
)
from zkattest.backends.ezkl.runtime import VERDICT, EzklError, Workspace
from zkattest.errors import (
    BackendError,
    FormatError,
    MalformedProofError,
    ProofMismatchError,
    ProvingError,
    SrsTooSmallError,
    UnsupportedByBackendError,
)
from zkattest.progress import SILENT, Progress, phase
from zkattest.statements import OFF_CHAIN, Inference, decode_output, encode_output

if TYPE_CHECKING:
    from zkattest.frontend import QuantisedModel
    from zkattest.srs import Srs

NAME = "ezkl"


class EzklBackend:
    """See the module. Stateless; every method works on its own private files."""

    name = NAME
    proof_system = PROOF_SYSTEM

    # --- estimate ---------------------------------------------------------------------------------

    def estimate(
        self,
        model: QuantisedModel,
        *,
        shape: StatementShape = DEFAULT_SHAPE,
        row_size: int | None = None,
        profile: Profile = "speed",
    ) -> Estimate:
        """Cost of one inference: lays the circuit out, makes no key."""
        _check_shape_of_statement(shape)
        circuit = lower(model)
        with Workspace() as files:
            _, settings = self._lay_out(files, circuit)
        return costs.estimate(settings, circuit.instances)

    # --- set-up -----------------------------------------------------------------------------------

    def rows(
        self,
        model: QuantisedModel,
        largest: int,
        *,
        size: int | None = None,
        batch: int = 1,
        profile: Profile = "speed",
    ) -> Rows | None:
        """None: the rows of a model's commitment do not matter here."""
        return None

    def setup(
        self,
        committed: CommittedModel,
        *,
        srs: Srs,
        shape: StatementShape = DEFAULT_SHAPE,
        profile: Profile | None = None,
        threads: int | None = None,
        progress: Progress = SILENT,
    ) -> Keys:
        """Compile, audit, try, and make the keys. See :meth:`zkattest.backends.base.Backend.setup`.

        The commitment enters by its identity alone, which the key names.
        """
        _check_shape_of_statement(shape)
        _check_threads(threads)
        model = committed.model
        with phase(progress, "compile"):
            circuit = lower(model)
        with Workspace() as files:
            with phase(progress, "lay out"):
                layout, settings = self._lay_out(files, circuit)
                _check_srs_size(srs, layout.logrows)
                self._compile(files, circuit, layout, settings)
            with phase(progress, "self-test"):
                salt = secrets.randbelow(FIELD)
                weights = self._try(files, circuit, model, salt)
            with phase(progress, "keys"):
                files.write("srs", srs.halo2_bytes(layout.logrows))
                try:
                    runtime.call(
                        "setup",
                        files.path("circuit"),
                        files.path("vk"),
                        files.path("pk"),
                        srs_path=files.path("srs"),
                    )
                except EzklError:
                    raise BackendError(
                        "ezkl could not make the keys for this circuit.",
                        remedy="Check the reference string and the free memory (see `estimate`).",
                    ) from None
            with phase(progress, "interface"):
                vk, small_srs = files.read("vk"), srs.halo2_bytes(1)
                proof_length, instances = solidity.interface(runtime.render_solidity(settings, vk, small_srs))
            if instances != circuit.instances:
                raise BackendError(
                    f"ezkl's verifier takes {instances} instances, expected {circuit.instances}."
                )
            data = VerifierData(
                model.architecture_digest,
                weights,
                circuit.output_size,
                proof_length,
                circuit_settings.canonical(settings),
                small_srs,
                vk,
            )
            verifying = VerifyingKey(
                self.name,
                self.proof_system,
                committed.commitment.identity,
                circuit_hash(model.architecture_digest, settings),
                srs.digest,
                srs.unsafe,
                data.to_bytes(),
            )
            secret = ProverData(
                model.digest, salt.to_bytes(32, "big"), files.read("circuit"), files.read("pk")
            )
            return Keys(ProvingKey(self.name, verifying.digest, secret.to_bytes()), verifying)

    def _lay_out(self, files: Workspace, circuit: Circuit) -> tuple[circuit_settings.Layout, dict[str, Any]]:
        files.write("model.onnx", circuit.graph.to_onnx())
        # The inputs are hashed one after the other, 41 rows an element; public values have their own column.
        at_least = max(41 * circuit.hashed, circuit.instances)
        return circuit_settings.fit(files, circuit.graph.magnitude, at_least)

    def _compile(
        self,
        files: Workspace,
        circuit: Circuit,
        layout: circuit_settings.Layout,
        settings: dict[str, Any],
    ) -> None:
        """Write ``circuit`` and audit it."""
        try:
            table = runtime.call(
                "table", files.path("model.onnx"), py_run_args=circuit_settings.python_arguments(layout)
            )
            audit.check(table, circuit.graph.divisors)
            files.write("settings", circuit_settings.canonical(settings))
            runtime.call(
                "compile_circuit", files.path("model.onnx"), files.path("circuit"), files.path("settings")
            )
        except EzklError:
            raise UnsupportedByBackendError(
                "ezkl could not compile the integer graph of this model.",
                remedy="Use a model made of the operators that docs/backends.md lists.",
            ) from None

    def _try(self, files: Workspace, circuit: Circuit, model: QuantisedModel, salt: int) -> bytes:
        """Compare the circuit with the integer executor on extreme and random inputs.

        Returns:
            The commitment to the weights under ``salt``, 32 bytes.
        """
        spec = model.inputs[0]
        generator = np.random.default_rng(0)
        trials = [np.full(spec.shape, spec.low), np.full(spec.shape, spec.high)]
        trials += [generator.integers(spec.low, spec.high + 1, spec.shape) for _ in range(2)]
        for x in trials:
            witness = self._witness(files, model, x, salts=(1, salt), context=OFF_CHAIN)
            if not np.array_equal(_outputs(witness, circuit.output_size), model.execute(x).reshape(-1)):
                raise UnsupportedByBackendError(
                    "The circuit that ezkl compiled differs from the quantised model on a trial input.",
                    remedy="Report the model; meanwhile use the backend 'sumcheck'.",
                )
        for outside in (spec.low - 1, spec.high + 1):
            x = np.zeros(spec.shape, dtype=np.int64)
            x.reshape(-1)[-1] = outside
            witness = self._witness(files, model, x, salts=(1, salt), context=OFF_CHAIN)
            if signed(felt_from_json(witness["outputs"][-1][0])) <= 0:
                raise BackendError("The compiled circuit does not notice an input outside of its range.")
        return _hashes(witness)[2]

    def _witness(
        self, files: Workspace, model: QuantisedModel, x: IntTensor, *, salts: tuple[int, int], context: bytes
    ) -> dict[str, Any]:
        """ezkl's witness.

        Arguments:
            salts: of the input, of the weights.
        """
        noise = [1 + secrets.randbelow(NOISE_LIMIT - 1) for _ in range(NOISE_ELEMENTS)]
        inputs = (
            [*map(int, x.reshape(-1)), salts[0]],
            [*context_limbs(context), *noise],
            [*flat_weights(model), salts[1]],
        )
        files.write_json("input", {"input_data": [[felt_json(value) for value in part] for part in inputs]})
        try:
            witness: dict[str, Any] = runtime.call(
                "gen_witness", files.path("input"), files.path("circuit"), files.path("witness")
            )
        except EzklError:  # its reason may quote values
            raise ProvingError(
                "ezkl could not compute the witness of this input.",
                remedy="Check that the keys were made for this model; then report the model.",
            ) from None
        return witness

    # --- prove ------------------------------------------------------------------------------------

    def prove(
        self,
        keys: Keys,
        model: QuantisedModel,
        x: IntTensor,
        *,
        srs: Srs,
        context: bytes = OFF_CHAIN,
        secret: InputSecret | None = None,
        threads: int | None = None,
        progress: Progress = SILENT,
    ) -> tuple[Proof, InputSecret]:
        """Prove one inference; see :meth:`zkattest.backends.base.Backend.prove`.

        Arguments:
            secret: reuse the commitment of an earlier proof of the same input; None draws a fresh salt.
        """
        if len(context) != 32:
            raise FormatError(f"A context has 32 bytes; got {len(context)}.")
        _check_threads(threads)
        x = batched(model, x, 1)[0]
        expected = model.execute(x)
        data, prover = self._check_keys(keys, model, srs)
        logrows = int(data.decoded_settings["run_args"]["logrows"])
        salt = _salt(secret)
        with Workspace() as files:
            with phase(progress, "witness"):
                files.write("circuit", prover.circuit)
                salts = (salt, int.from_bytes(prover.salt, "big"))
                witness = self._witness(files, model, x, salts=salts, context=context)
                payload_hash, statement = self._claim(keys, data, witness, expected, context)
                if secret is not None and statement.input_commitment != secret.commitment:
                    raise ProofMismatchError(
                        "The given opening belongs to another input: its salt gives another commitment.",
                        remedy="Pass the InputSecret that was returned for this input, or none.",
                    )
            with phase(progress, "prove"):
                files.write("pk", prover.pk)
                files.write("srs", srs.halo2_bytes(logrows))
                try:
                    runtime.call(
                        "prove",
                        files.path("witness"),
                        files.path("circuit"),
                        files.path("pk"),
                        proof_path=files.path("proof"),
                        srs_path=files.path("srs"),
                    )
                except EzklError:  # its reason may quote values
                    raise ProvingError(
                        "ezkl could not make the proof.", remedy="Check the free memory (see `estimate`)."
                    ) from None
            halo2 = bytes(files.read_json("proof")["proof"])
        proof = Proof(self.name, self.proof_system, statement, Payload(payload_hash, halo2).to_bytes())
        with phase(progress, "check"):
            if not self.verify(keys.verifying, proof, srs=srs):
                raise ProvingError("The proof that ezkl made does not verify.", remedy="Make the keys again.")
        return proof, InputSecret(statement.input_commitment, salt.to_bytes(32, "big"))

    def _check_keys(self, keys: Keys, model: QuantisedModel, srs: Srs) -> tuple[VerifierData, ProverData]:
        data = self._key_data(keys.verifying)
        if keys.proving.backend != self.name or keys.proving.vk_digest != keys.verifying.digest:
            raise ProofMismatchError(
                "The proving key does not belong to the verifying key.",
                remedy="Use the two keys of one setup.",
            )
        prover = ProverData.from_bytes(keys.proving.payload)
        if not secrets.compare_digest(prover.model_digest, model.digest):
            raise ProofMismatchError(
                "The keys were made for another model.", remedy="Run setup for this model, or load its keys."
            )
        _check_srs(keys.verifying, data, srs)
        return data, prover

    def _claim(
        self, keys: Keys, data: VerifierData, witness: dict[str, Any], expected: IntTensor, context: bytes
    ) -> tuple[bytes, Inference]:
        """The statement that the witness supports; it must be the one that the executor gives."""
        commitment, context_hash, weights = _hashes(witness)
        if weights != data.weights:
            raise ProofMismatchError(
                "The weights and the salt of the proving key do not give the verifying key's commitment.",
                remedy="Use the two keys of one setup.",
            )
        output = _outputs(witness, expected.size)
        public = [felt_from_json(text) for part in witness["outputs"][1:] for text in part]
        if not np.array_equal(output, expected.reshape(-1)) or public != [*context_limbs(context), 0]:
            raise ProvingError(
                "The circuit's output differs from the quantised model's; no proof was made.",
                remedy="Make the keys again with this version; if it persists, report the model.",
            )
        statement = Inference(
            keys.verifying.model_hash,
            keys.verifying.circuit_hash,
            keys.verifying.digest,
            commitment,
            encode_output(expected),
            context,
        )
        return context_hash, statement

    def commit_input(self, verifying_key: VerifyingKey, x: IntTensor, *, srs: Srs) -> InputSecret:
        """Refused: ezkl computes its commitments inside of proofs."""
        raise _no_commitments()

    def opens(
        self,
        verifying_key: VerifyingKey,
        statement: Inference,
        secret: InputSecret,
        *,
        srs: Srs,
        input: IntTensor | None = None,
        output: IntTensor | None = None,
    ) -> bool:
        """Refused: ezkl computes its commitments inside of proofs."""
        raise _no_commitments()

    # --- verify -----------------------------------------------------------------------------------

    def verify(self, verifying_key: VerifyingKey, proof: Proof, *, srs: Srs | None = None) -> bool:
        """Judge ``proof``; the module's docstring numbers the steps."""
        data = self._key_data(verifying_key)  # 1, 2
        payload = self._check_shape(verifying_key, data, proof)  # 3, 4, 5
        if srs is not None:
            _check_srs(verifying_key, data, srs)  # 6
        return self._halo2(data, _instances(data, proof.statement, payload), payload.halo2)  # 7

    def _key_data(self, key: VerifyingKey) -> VerifierData:
        if key.backend != self.name or key.proof_system != self.proof_system:
            raise ProofMismatchError(
                f"The verifying key is of {key.backend[:40]!r} ({key.proof_system[:40]!r}), "
                f"expected {self.name!r} ({self.proof_system!r}).",
                remedy="Use the backend that the key names, or make the key again.",
            )
        data = VerifierData.from_bytes(key.payload)
        if data.circuit_hash != key.circuit_hash:
            raise FormatError("The verifying key's circuit digest is not that of its settings.")
        return data

    def _check_shape(self, key: VerifyingKey, data: VerifierData, proof: Proof) -> Payload:
        statement = proof.statement
        if proof.backend != self.name or proof.proof_system != self.proof_system:
            raise ProofMismatchError(
                f"The proof is of {proof.backend[:40]!r} ({proof.proof_system[:40]!r}), "
                f"the key of {self.name!r} ({self.proof_system!r}).",
                remedy="Verify it with the backend that it names.",
            )
        named = {
            "model": (statement.model_hash, key.model_hash),
            "circuit": (statement.circuit_hash, key.circuit_hash),
            "verifying key": (statement.vk_hash, key.digest),
        }
        for what, (found, expected) in named.items():
            if found != expected:
                raise ProofMismatchError(
                    f"The statement names another {what}: 0x{found.hex()}, expected 0x{expected.hex()}.",
                    remedy="Verify with the key of the model that the statement names.",
                )
        if statement.kind != "inference":
            raise MalformedProofError(
                f"The statement is of kind {statement.kind!r}; proofs of this backend are of 'inference'."
            )
        if len(statement.output) != 8 * data.outputs:
            raise MalformedProofError(
                f"The statement's output has {len(statement.output)} bytes; the circuit has {data.outputs} "
                f"values of 8 bytes."
            )
        expected_length = 32 + data.proof_length
        if len(proof.payload) != expected_length:
            raise MalformedProofError(
                f"The proof has {len(proof.payload)} bytes, expected {expected_length}.",
                remedy="Copy the proof again from its source.",
            )
        payload = Payload(proof.payload[:32], proof.payload[32:])
        for what, element in (
            ("input commitment", statement.input_commitment),
            ("context hash", payload.context_hash),
        ):
            if int.from_bytes(element, "big") >= FIELD:
                raise MalformedProofError(f"The proof's {what} is no canonical field element of BN254.")
        return payload

    def _halo2(self, data: VerifierData, instances: list[int], halo2: bytes) -> bool:
        snark = {
            "protocol": None,
            "instances": [[felt_json(value) for value in instances]],
            "proof": list(halo2),
            "hex_proof": None,
            "split": None,
            "pretty_public_inputs": None,
            "timestamp": 0,
            "version": None,
        }
        with Workspace() as files:
            files.write_json("proof", snark)
            files.write("settings", data.settings)
            files.write("vk", data.vk)
            files.write("srs", data.srs)
            try:
                verdict = runtime.call(
                    "verify",
                    files.path("proof"),
                    files.path("settings"),
                    files.path("vk"),
                    srs_path=files.path("srs"),
                    reduced_srs=True,
                )
            except EzklError as failure:
                if failure.reason.startswith(VERDICT):
                    return False
                raise FormatError(
                    "ezkl cannot read this verifying key.", remedy="Get the key again from its source."
                ) from None
        return verdict is True

    def check_circuit(self, verifying_key: VerifyingKey, model: QuantisedModel) -> None:
        """Refused: whoever must know makes the key again."""
        raise UnsupportedByBackendError(
            "A key of the backend 'ezkl' is compared with a model by making it again.",
            remedy="Use the backend 'sumcheck' where outsiders are to compare circuits.",
        )

    def check_public_model(self, verifying_key: VerifyingKey, model: QuantisedModel, *, srs: Srs) -> None:
        """Refused: the key names the commitment and does not open it."""
        raise UnsupportedByBackendError(
            "A key of the backend 'ezkl' names the model's commitment but does not open it.",
            remedy="Use the backend 'sumcheck' where a model with public weights is to be recognised.",
        )

    def verify_by_reference(
        self, verifying_key: VerifyingKey, proof: Proof, *, srs: Srs | None = None
    ) -> bool:
        """Refused: ezkl's proofs have one verifier in this process."""
        raise UnsupportedByBackendError(
            "Proofs of the backend 'ezkl' have no readable verifier.",
            remedy="Ask the contract instead, or use the backend 'sumcheck'.",
        )

    # --- on chain ---------------------------------------------------------------------------------

    def evm_verifier(self, verifying_key: VerifyingKey, *, srs: Srs | None = None) -> EvmVerifier:
        """Compile the contracts; see :meth:`zkattest.backends.base.Backend.evm_verifier`."""
        data = self._key_data(verifying_key)
        if srs is not None:
            _check_srs(verifying_key, data, srs)
        source = runtime.render_solidity(data.decoded_settings, data.vk, data.srs)
        if solidity.interface(source) != (data.proof_length, data.instances):
            raise FormatError("The verifying key's proof length or instances are not those of its circuit.")
        halo2, pinned = solidity.compile_verifier(source, data.weights)
        arguments = (
            f"${pinned.name}",
            proof_system_id(self.proof_system),
            verifying_key.model_hash,
            verifying_key.circuit_hash,
            verifying_key.digest,
            data.outputs,
            data.proof_length,
            verifying_key.srs_unsafe,
        )
        return EvmVerifier(
            self.proof_system,
            verifying_key.digest,
            (halo2, pinned, replace(shipped("EzklVerifier"), arguments=arguments)),
        )

    def publication(self, verifying_key: VerifyingKey) -> KeyPublication | None:
        """Nothing: each verifier holds its key."""
        return None

    def tau_digest(self, verifying_key: VerifyingKey) -> bytes | None:
        """None: keys hold no [tau]_2."""
        return None

    def universal_verifier(self, srs: Srs) -> EvmVerifier:
        """Refused: each key has its verifier."""
        raise UnsupportedByBackendError(
            "The backend 'ezkl' has no verifier for every key: each is compiled and deployed.",
            remedy="Register the model, which does both; or use the backend 'sumcheck'.",
        )


def _check_shape_of_statement(shape: StatementShape) -> None:
    if shape != DEFAULT_SHAPE:
        raise UnsupportedByBackendError(
            "The backend 'ezkl' proves one inference at a time, of a private input and a public output.",
            remedy="Use the backend 'sumcheck' for batches, public inputs and private outputs.",
        )


def _no_commitments() -> UnsupportedByBackendError:
    return UnsupportedByBackendError(
        "The backend 'ezkl' commits to inputs inside of its proofs only.",
        remedy="Use the backend 'sumcheck' to commit before a proof, or to open a commitment.",
    )


def _check_threads(threads: int | None) -> None:
    if threads is not None:
        raise UnsupportedByBackendError(
            "The backend 'ezkl' cannot be told how many threads to use.",
            remedy="Leave threads out; RAYON_NUM_THREADS, set before Python starts, limits them.",
        )


def _outputs(witness: dict[str, Any], size: int) -> IntTensor:
    """The circuit's output as signed integers; empty where a value is none of 64 bits."""
    values = [signed(felt_from_json(text)) for text in witness["outputs"][0]]
    if len(values) != size or any(abs(value) >= 1 << 63 for value in values):
        return np.zeros(0, dtype=np.int64)
    return np.array(values, dtype=np.int64)


def _hashes(witness: dict[str, Any]) -> list[bytes]:
    """The hashes of input, context and weights, 32 bytes big-endian each."""
    texts = witness["processed_inputs"]["poseidon_hash"]
    return [felt_from_json(text).to_bytes(32, "big") for text in texts]


def _instances(data: VerifierData, statement: Inference, payload: Payload) -> list[int]:
    """The public values, from key and statement, but for the context's hash, which the circuit fixes."""
    return [
        int.from_bytes(statement.input_commitment, "big"),
        int.from_bytes(payload.context_hash, "big"),
        int.from_bytes(data.weights, "big"),
        *(int(value) % FIELD for value in decode_output(statement.output)),
        *context_limbs(statement.context),
        0,  # the defect
    ]


def _salt(secret: InputSecret | None) -> int:
    if secret is None:
        return secrets.randbelow(FIELD)
    salt = int.from_bytes(secret.salt, "big")
    if len(secret.salt) != 32 or salt >= FIELD:
        raise FormatError(
            "The given opening is none of the backend 'ezkl': its salt is no field element.",
            remedy="Pass the InputSecret that prove returned.",
        )
    return salt


def _check_srs_size(srs: Srs, logrows: int) -> None:
    needed = (1 << logrows) - 1
    if srs.max_degree < needed:
        raise SrsTooSmallError(
            f"The circuit has 2**{logrows} rows and needs powers of tau up to {needed}; "
            f"the reference string ends at {srs.max_degree}.",
            remedy=f"Use a ceremony file of power {logrows} or more.",
        )


def _check_srs(key: VerifyingKey, data: VerifierData, srs: Srs) -> None:
    if srs.digest != key.srs_digest:
        raise ProofMismatchError(
            f"The verifying key was made with the reference string 0x{key.srs_digest.hex()}; "
            f"given was 0x{srs.digest.hex()}.",
            remedy="Use the ceremony file that setup used.",
        )
    if srs.halo2_bytes(1) != data.srs:
        raise FormatError(
            "The verifying key holds other ceremony points than the reference string that it names.",
            remedy="Do not use this key; get it again from its source.",
        )
