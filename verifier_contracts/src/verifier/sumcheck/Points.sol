// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @notice The challenges at which a circuit's functionals and statements are evaluated (`docs/protocol.md`, "Transcript").
/// Points list their most significant coordinate first; everything is below the order of the scalar field.
/// @param r where statements are read; as long as the circuit's `rLength`
/// @param rho where sum-check 1 ended; a functional of n variables uses the last n coordinates
/// @param z where sum-check 3 ended: the cell within a row, c coordinates
/// @param gamma shifts looked-up values
/// @param beta joins keys and images of tables
/// @param alpha joins the statements: statement k counts alpha^k times
/// @param delta joins the claims of sum-check 3: statements are in claim 1
struct Points {
    uint256[] r;
    uint256[] rho;
    uint256[] z;
    uint256 gamma;
    uint256 beta;
    uint256 alpha;
    uint256 delta;
}
