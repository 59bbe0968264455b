// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Circuits and keys as far as the store looks at them, from the definitions in `docs/protocol.md` and
/// `docs/backends.md`.
library Encodings {
    /// The fields of a circuit's header that the store reads, by name.
    struct Header {
        bytes4 magic;
        uint16 version;
        uint8 c;
        uint32 modelRows;
        uint32 outputRows;
        uint32 maskRows;
    }

    function header(uint32 modelRows) internal pure returns (Header memory) {
        return Header("ZKCI", 2, 13, modelRows, 0, 2);
    }

    /// A circuit's encoding: the header, and `length` - 54 bytes of sections that stand for anything.
    function circuit(Header memory head, uint256 length) internal pure returns (bytes memory) {
        bytes memory sections = new bytes(length - 54);
        for (uint256 i = 0; i < sections.length; ++i) {
            sections[i] = bytes1(uint8(uint256(keccak256(abi.encode(i)))));
        }
        return bytes.concat(
            abi.encodePacked(head.magic, head.version, head.c, uint8(21), uint8(13), uint8(3)),
            abi.encodePacked(head.modelRows, uint32(1), head.outputRows, uint32(4), uint32(5), head.maskRows),
            abi.encodePacked(uint32(6), uint32(10), uint16(60), uint16(61), uint16(62), uint16(63)),
            abi.encodePacked(uint16(64), uint16(65)),
            sections
        );
    }

    /// A record of these digests, whose rows are the first multiples of the generator.
    function record(bytes32 circuitDigest, uint256 rows) internal view returns (bytes memory result) {
        result = abi.encodePacked(
            keccak256("tau"), keccak256("srs"), keccak256("model layout"), keccak256("data layout")
        );
        result = abi.encodePacked(result, circuitDigest, keccak256("registration"));
        for (uint256 i = 1; i <= rows; ++i) {
            result = abi.encodePacked(result, multiple(i));
        }
    }

    /// `factor` times the generator (1, 2), by the precompile of EIP-196.
    function multiple(uint256 factor) internal view returns (bytes memory point) {
        bool success;
        (success, point) = address(7).staticcall(abi.encode(1, 2, factor));
        require(success && point.length == 64, "ecMul");
    }
}
