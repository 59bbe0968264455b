// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {R} from "../../../src/verifier/sumcheck/Field.sol";
import {Draws} from "../../../src/verifier/sumcheck/Opening.sol";
import {Reference} from "./Reference.sol";

/// @notice The evaluation argument's values at chi and chi w_n, in a proof's order.
struct Values {
    uint256[8] table;
    uint256 a;
    uint256 b;
    uint256 c;
    uint256 product;
    uint256 productNext;
    uint256 firstNext;
    uint256 secondNext;
}

/// @notice The evaluation argument's part of the opening, formula by formula as `docs/protocol.md` has it.
library ReferenceEvaluation {
    using Reference for uint256;

    /// @notice w_n for n = 2^k.
    function root(uint256 k) internal pure returns (uint256) {
        return Reference.power(5, (R - 1) / 2 ** k);
    }

    /// @notice PI(chi) = -sum v_i L_i(chi), L_i(chi) = w^i (chi^n - 1)/(n (chi - w^i)).
    function publicPart(uint256 chi, uint256 k, uint256[] memory v) internal pure returns (uint256 sum) {
        uint256 w = root(k);
        uint256 n = 2 ** k;
        uint256 vanishing = Reference.power(chi, n).subtract(1);
        for (uint256 i = 0; i < v.length; ++i) {
            uint256 place = Reference.power(w, i);
            uint256 denominator = n.multiply(chi.subtract(place));
            uint256 basis = place.multiply(vanishing).multiply(denominator.inverse());
            sum = sum.subtract(v[i].multiply(basis));
        }
    }

    /// @notice T0, T1, T2 at chi.
    function quotients(Draws memory draws, uint256 k, uint256[] memory v, Values memory values)
        internal
        pure
        returns (uint256 t0, uint256 t1, uint256 t2)
    {
        uint256 inverse = Reference.power(draws.chi, 2 ** k).subtract(1).inverse();
        t0 = values.table[0].multiply(values.a).add(values.table[1].multiply(values.b));
        t0 = t0.add(values.table[2].multiply(values.a).multiply(values.b));
        t0 = t0.add(values.table[3].multiply(values.c)).add(values.table[4]);
        t0 = t0.add(publicPart(draws.chi, k, v)).multiply(inverse);
        t1 = values.product.subtract(1).multiply(draws.chi.subtract(1).inverse());
        uint256 left = values.product;
        uint256 right = values.productNext;
        uint256[3] memory wires = [values.a, values.b, values.c];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 wire = wires[i].add(draws.kappa);
            left = left.multiply(wire.add(draws.lambda.multiply(i + 1).multiply(draws.chi)));
            right = right.multiply(wire.add(draws.lambda.multiply(values.table[5 + i])));
        }
        t2 = left.subtract(right).multiply(inverse);
    }

    /// @notice k3 nu^5, k4 nu^6, k5 nu^7, and k3 r3(xi) + k4 r4(xi) + k5 r5(xi).
    function terms(Draws memory draws, uint256 k, uint256[] memory v, Values memory values)
        internal
        pure
        returns (uint256[4] memory list)
    {
        (uint256 t0, uint256 t1, uint256 t2) = quotients(draws, k, v, values);
        uint256 next = draws.chi.multiply(root(k));
        uint256 step = draws.xi.subtract(draws.omega);
        uint256 cube = Reference.power(draws.xi, 3);
        uint256 x = cube.subtract(draws.chi);
        uint256 y = cube.subtract(next);
        list[0] = step.multiply(Reference.power(draws.xi, 8).subtract(draws.chi).inverse());
        list[1] = step.multiply(Reference.power(draws.xi, 4).subtract(draws.chi).inverse());
        list[2] = step.multiply(x.multiply(y).inverse());
        for (uint256 i = 0; i < 3; ++i) {
            list[i] = list[i].multiply(Reference.power(draws.nu, 5 + i));
        }
        uint256[] memory r = new uint256[](8);
        for (uint256 i = 0; i < 8; ++i) {
            r[i] = values.table[i];
        }
        list[3] = list[0].multiply(Reference.evaluate(r, draws.xi));
        r = new uint256[](4);
        (r[0], r[1], r[2], r[3]) = (values.a, values.b, values.c, t0);
        list[3] = list[3].add(list[1].multiply(Reference.evaluate(r, draws.xi)));
        r = new uint256[](3);
        (r[0], r[1], r[2]) = (values.product, t1, t2);
        uint256 fifth = Reference.evaluate(r, draws.xi).multiply(y);
        (r[0], r[1], r[2]) = (values.productNext, values.firstNext, values.secondNext);
        fifth = fifth.subtract(Reference.evaluate(r, draws.xi).multiply(x));
        fifth = fifth.multiply(draws.chi.subtract(next).inverse());
        list[3] = list[3].add(list[2].multiply(fifth));
    }
}
