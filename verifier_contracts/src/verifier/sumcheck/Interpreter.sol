// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Coordinates} from "./Coordinates.sol";

/// @notice What forms refer to.
/// @param kernels memory address of the first word of the dictionary (`Kernels`)
/// @param tensors memory address of the first record (`Tensors`)
/// @param coordinates the challenges
/// @param tables memory address of each table in the encoding
/// @param rows memory address of the weight of the first row of each region; for the public region, of the constant
/// @param publics memory address of the first public integer
/// @param z memory address of the first coordinate of z
/// @param c number of coordinates of z
/// @param vectors memory address of the first word of the dictionary's leading vectors
/// @param placeTables memory address of eq of the first n coordinates of z, for each n < 29; 0 where there is none
/// @param form memory address of the form that is being read
struct Interpreter {
    uint256 kernels;
    uint256 tensors;
    Coordinates coordinates;
    uint256[] tables;
    uint256[8] rows;
    uint256 publics;
    uint256 z;
    uint256 c;
    uint256[29] placeTables;
    uint256 vectors;
    uint256 form;
}
