// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Claim, IAttestationRegistry} from "../src/interfaces/IAttestationRegistry.sol";
import {IERC7992Verifier, ModelCommitment} from "../src/interfaces/IERC7992.sol";
import {IVerifier, Statement} from "../src/interfaces/IVerifier.sol";
import {VerifyingKeyStore} from "../src/verifier/VerifyingKeyStore.sol";
import {DataContract} from "../src/verifier/sumcheck/DataContract.sol";
import {Encodings} from "./support/Encodings.sol";
import {Fixture} from "./support/Fixture.sol";
import {BindingVerifier} from "./support/Verifiers.sol";

/// @notice Stands for the universal verifier: it serves every key that is in the store, and takes a statement for what the
/// stored key says. Its proofs are `BindingVerifier`'s.
contract StoreDouble is BindingVerifier {
    VerifyingKeyStore private immutable STORE;

    error UnknownVerifyingKey(bytes32 vkHash);

    constructor(VerifyingKeyStore store, bool development)
        BindingVerifier(bytes4(keccak256("sumcheck-bn254-v1")), 0, development)
    {
        STORE = store;
    }

    function verify(Statement calldata statement, bytes calldata proof) public view override returns (bool) {
        address pointer = DataContract.locate(address(STORE), statement.vkHash);
        if (pointer.code.length == 0) revert UnknownVerifyingKey(statement.vkHash);
        (bytes32 modelHash, bytes32 circuitHash) = abi.decode(DataContract.read(pointer), (bytes32, bytes32));
        if (statement.modelHash != modelHash || statement.circuitHash != circuitHash) {
            revert IERC7992Verifier.ModelMismatch();
        }
        return super.verify(statement, proof);
    }
}

/// @notice One verifier for the keys of every model: the directory's zero key, and versions bound to keys of the store.
contract UniversalVerifierTest is Fixture {
    bytes4 private constant SUMCHECK = bytes4(keccak256("sumcheck-bn254-v1"));

    VerifyingKeyStore private store;
    StoreDouble private universal;

    function setUp() public override {
        super.setUp();
        store = new VerifyingKeyStore();
        universal = new StoreDouble(store, false);
    }

    /// Registers what the store computes of a record, as an owner does who registers an honest key.
    function register(bytes memory record, bytes32 keyDigest) private returns (Claim memory claim) {
        bytes memory rows = slice(record, 320, 128);
        ModelCommitment memory model = ModelCommitment({
            modelHash: keccak256(
                bytes.concat(
                    "zkattest-commitment-v1",
                    hex"01",
                    bytes8(uint64(8192)),
                    slice(record, 64, 32),
                    slice(record, 32, 32),
                    bytes8(uint64(2)),
                    rows
                )
            ),
            circuitHash: keccak256(slice(record, 128, 192)),
            vkHash: keccak256(bytes.concat(record, keyDigest)),
            proofSystemId: SUMCHECK,
            uri: ""
        });
        claim = claimOf(models.registerModel(model), 1);
    }

    function test_OneApprovalServesEveryModelWhoseKeyIsStored() public {
        approve(address(universal));
        bytes memory record = Encodings.record(2);
        Claim memory first = register(record, "first");
        record[64] ^= 0x01; // another layout: another model
        Claim memory second = register(record, "second");
        store.addKey(record, "second");
        record[64] ^= 0x01;
        store.addKey(record, "first");
        vm.assertTrue(
            registry.attestation(registry.submit(first, prove(first))).verifier == address(universal), "1"
        );
        vm.assertTrue(
            registry.attestation(registry.submit(second, prove(second))).verifier == address(universal), "2"
        );
    }

    /// The model registry asks for no key: registering first and storing later is no error, and a proof in between has a reason.
    function test_AVersionBoundToAKeyThatIsNotStoredYet() public {
        approve(address(universal));
        bytes memory record = Encodings.record(2);
        Claim memory claim = register(record, "key");
        bytes32 keyDigest = "key";
        bytes32 vkHash = keccak256(bytes.concat(record, keyDigest));
        bytes memory proof = prove(claim);
        vm.expectRevert(abi.encodeWithSelector(StoreDouble.UnknownVerifyingKey.selector, vkHash));
        registry.submit(claim, proof);
        vm.prank(stranger); // anybody may store it
        vm.assertEq(store.addKey(record, keyDigest), vkHash, "the registered key");
        registry.submit(claim, proof);
    }

    /// A version whose hashes are not those of its key: registered by mistake or in bad faith, it proves nothing.
    function test_AVersionWithTheKeyOfAnotherModel() public {
        approve(address(universal));
        bytes32 vkHash = store.addKey(Encodings.record(2), "key");
        ModelCommitment memory model = commitment("somebody's");
        (model.vkHash, model.proofSystemId) = (vkHash, SUMCHECK);
        Claim memory claim = claimOf(models.registerModel(model), 1);
        bytes memory proof = prove(claim);
        vm.expectRevert(IERC7992Verifier.ModelMismatch.selector);
        registry.submit(claim, proof);
    }

    function test_ApprovalIsForOneUniversalVerifierAtATime() public {
        approve(address(universal));
        (IVerifier found, bool development) = registry.verifierFor(SUMCHECK, "any key");
        vm.assertTrue(address(found) == address(universal) && !development, "serves every key");
        (found,) = registry.verifierFor(SYSTEM, "any key");
        vm.assertEq(address(found), address(0), "of its own proof system");
        StoreDouble other = new StoreDouble(store, false);
        vm.expectRevert(
            abi.encodeWithSelector(
                IAttestationRegistry.VerifierAlreadyApproved.selector,
                SUMCHECK,
                bytes32(0),
                address(universal)
            )
        );
        approve(address(other));
        vm.prank(admin);
        registry.revokeVerifier(universal);
        approve(address(other));
    }

    function test_ADevelopmentSetupMarksEveryAttestation() public {
        approve(address(new StoreDouble(store, true)));
        bytes memory record = Encodings.record(2);
        Claim memory claim = register(record, "key");
        store.addKey(record, "key");
        bytes32 id = registry.submit(claim, prove(claim));
        (, bool development,,) = registry.standing(id);
        vm.assertTrue(development, "marked");
    }

    function slice(bytes memory data, uint256 start, uint256 length)
        private
        pure
        returns (bytes memory part)
    {
        part = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            part[i] = data[start + i];
        }
    }
}
