// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice Shapes and records of keys as the store looks at them, from the definitions in `docs/protocol.md` and
/// `docs/backends.md`.
library Encodings {
    /// The fields of a shape that the store limits, by name.
    struct Header {
        bytes4 magic;
        uint16 version;
        uint8 c;
        uint32 modelRows;
        uint32 outputRows;
        uint32 maskRows;
        uint8 logGates;
    }

    /// Public inputs of the evaluation argument for a shape of this header, less its model rows and c: 4 challenges, 21
    /// coordinates of r, 13 of rho, 6 of sigma (61 < 2^6), 10 integers, 2 scalars and 1 + 4 + 5 + 1 + 6 rows of advice.
    uint256 internal constant INPUTS = 4 + 21 + 13 + 6 + 10 + 2 + 17;

    function header(uint32 modelRows) internal pure returns (Header memory) {
        return Header("ZKCI", 2, 13, modelRows, 0, 2, 12);
    }

    /// 54 bytes as a circuit's header, log2 of the gates, nine zeros.
    function shape(Header memory head) internal pure returns (bytes memory) {
        return bytes.concat(
            abi.encodePacked(head.magic, head.version, head.c, uint8(21), uint8(13), uint8(3)),
            abi.encodePacked(head.modelRows, uint32(1), head.outputRows, uint32(4), uint32(5), head.maskRows),
            abi.encodePacked(uint32(6), uint32(10), uint16(60), uint16(61), uint16(62), uint16(63)),
            abi.encodePacked(uint16(64), uint16(65), head.logGates, bytes9(0))
        );
    }

    /// The record of a key of an honest header.
    function record(uint32 rows) internal view returns (bytes memory) {
        return record(header(rows), rows);
    }

    /// A record whose points, C0 and the rows, are the first multiples of the generator.
    function record(Header memory head, uint256 rows) internal view returns (bytes memory result) {
        result = abi.encodePacked(
            keccak256("tau"), keccak256("srs"), keccak256("model layout"), keccak256("data layout")
        );
        result = abi.encodePacked(result, keccak256("circuit"), keccak256("registration"), shape(head));
        for (uint256 i = 1; i <= rows + 1; ++i) {
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
