// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Metric, Question, Reveal, Tally, Verdict} from "../../src/interfaces/IDeploymentGate.sol";

// Everything is small here: cells are drawn below 40.
// forge-lint: disable-start(unsafe-typecast)
/// @notice Metrics by their definitions in the textbooks, with fractions of small integers: rows are listed one cell at a time,
/// fractions are added over a common denominator, and nothing is shared with the library.
library SlowMetrics {
    uint32 private constant ALL = type(uint32).max;

    /// Counts that a data set could give: every column counts the same rows, some cells are empty.
    function draw(Tally memory tally, uint256 seed) internal pure returns (int64[] memory values) {
        uint256 size = blockSize(tally);
        uint256 blocks = 0;
        for (uint256 i = 0; i < tally.groups.length; ++i) {
            blocks += tally.groups[i];
        }
        values = new int64[](blocks * size);
        for (uint256 i = 0; i < values.length; ++i) {
            uint256 word = uint256(keccak256(abi.encode(seed, i)));
            values[i] = int64(uint64(word % 3 == 0 ? 0 : (word >> 8) % 40));
        }
        if (tally.reveal == Reveal.Confusion) return values;
        for (uint256 i = 0; i < values.length; i += size) {
            uint256 word = uint256(keccak256(abi.encode(seed, "row", i)));
            if (tally.reveal == Reveal.Errors) {
                // Targets y in a few rows, so that sums and sums of squares belong together.
                uint256 rows = word % 5;
                (values[i], values[i + 3], values[i + 4]) = (int64(uint64(rows)), 0, 0);
                for (uint256 row = 0; row < rows; ++row) {
                    int64 target = int64(uint64((word >> (16 * row + 16)) % 64)) - 32;
                    values[i + 3] += target;
                    values[i + 4] += target * target;
                }
            } else {
                values[i + 1] += values[i];
            }
        }
    }

    function labelled(Tally memory tally, Question memory question, int64[] memory values)
        internal
        pure
        returns (uint64 rows)
    {
        for (uint32 g = 0; g < tally.groups[question.column]; ++g) {
            rows += uint64(uint256(rowsOf(tally, cells(tally, values, question.column, g))));
        }
    }

    /// The best threshold that is reached, in units of 2^-16: rounded down where more is better, up where less is. 0 where the
    /// metric is not defined.
    function best(Tally memory tally, Question memory question, int64[] memory values)
        internal
        pure
        returns (int64)
    {
        (int256 numerator, int256 denominator) = fraction(tally, question, values);
        if (denominator == 0 || numerator < 0) return 0;
        int256 scaled = numerator * 65_536;
        if (smallerIsBetter(question.metric)) scaled += denominator - 1;
        return int64(scaled / denominator);
    }

    function judge(Tally memory tally, Question memory question, int64[] memory values)
        internal
        pure
        returns (Verdict)
    {
        (int256 numerator, int256 denominator) = fraction(tally, question, values);
        if (denominator == 0) return Verdict.EmptyDenominator;
        int256 difference = numerator * 65_536 - int256(question.threshold) * denominator;
        if (smallerIsBetter(question.metric)) difference = -difference;
        return difference >= 0 ? Verdict.Satisfied : Verdict.NotReached;
    }

    function smallerIsBetter(Metric metric) private pure returns (bool) {
        return metric == Metric.DemographicParityGap || metric == Metric.EqualOpportunityGap
            || metric == Metric.MeanAbsoluteError || metric == Metric.MeanSquaredError;
    }

    /// The metric's value; a denominator of 0 where it has none.
    function fraction(Tally memory tally, Question memory question, int64[] memory values)
        private
        pure
        returns (int256 numerator, int256 denominator)
    {
        Metric metric = question.metric;
        if (metric == Metric.DemographicParityGap || metric == Metric.EqualOpportunityGap) {
            return gap(tally, question, values);
        }
        int256[] memory found = cells(tally, values, question.column, question.group);
        if (metric == Metric.BalancedAccuracy) {
            (numerator, denominator) = (0, 1);
            for (uint32 c = 0; c < tally.classes; ++c) {
                (int256 a, int256 b) = ofClass(tally, Metric.Recall, c, found);
                if (b == 0) return (0, 0);
                (numerator, denominator) = (numerator * b + a * denominator, denominator * b);
            }
            return (numerator, denominator * int256(uint256(tally.classes)));
        }
        if (metric == Metric.Accuracy) {
            if (tally.reveal != Reveal.Confusion) return (found[0], found[1]);
            for (uint256 i = 0; i < found.length; ++i) {
                if (i / tally.classes == i % tally.classes) numerator += found[i];
                denominator += found[i];
            }
            return (numerator, denominator);
        }
        if (tally.reveal == Reveal.Confusion) return ofClass(tally, metric, question.class_, found);
        int256 unit = int256(2 ** uint256(tally.scale));
        if (metric == Metric.MeanAbsoluteError) return (found[1], found[0] * unit);
        if (metric == Metric.MeanSquaredError) return (found[2], found[0] * unit * unit);
        // 1 - S / (Q - T^2 / n), n times above and below.
        denominator = found[0] * found[4] - found[3] * found[3];
        if (denominator <= 0) return (0, 0);
        return (denominator - found[0] * found[2], denominator);
    }

    function gap(Tally memory tally, Question memory question, int64[] memory values)
        private
        pure
        returns (int256 numerator, int256 denominator)
    {
        denominator = 1;
        uint32 groups = tally.groups[question.column];
        for (uint32 first = 0; first < groups; ++first) {
            (int256 a, int256 b) = rate(tally, question, values, first);
            if (b == 0) return (0, 0);
            for (uint32 second = 0; second < groups; ++second) {
                (int256 c, int256 d) = rate(tally, question, values, second);
                if (d == 0) return (0, 0);
                int256 above = a * d - c * b;
                if (above * denominator > numerator * b * d) (numerator, denominator) = (above, b * d);
            }
        }
    }

    function rate(Tally memory tally, Question memory question, int64[] memory values, uint32 group)
        private
        pure
        returns (int256, int256)
    {
        int256[] memory found = cells(tally, values, question.column, group);
        if (question.metric == Metric.EqualOpportunityGap) {
            return ofClass(tally, Metric.Recall, question.class_, found);
        }
        int256 predicted = 0;
        for (uint256 i = 0; i < found.length; ++i) {
            if (i % tally.classes == question.class_) predicted += found[i];
        }
        return (predicted, rowsOf(tally, found));
    }

    /// From true positives, false positives and false negatives.
    function ofClass(Tally memory tally, Metric metric, uint32 class_, int256[] memory found)
        private
        pure
        returns (int256, int256)
    {
        int256 tp = 0;
        int256 fp = 0;
        int256 fn = 0;
        for (uint256 truth = 0; truth < tally.classes; ++truth) {
            for (uint256 predicted = 0; predicted < tally.classes; ++predicted) {
                int256 rows = found[truth * tally.classes + predicted];
                if (truth == class_ && predicted == class_) tp += rows;
                else if (predicted == class_) fp += rows;
                else if (truth == class_) fn += rows;
            }
        }
        if (metric == Metric.Precision) return (tp, tp + fp);
        if (metric == Metric.Recall) return (tp, tp + fn);
        return (2 * tp, 2 * tp + fp + fn);
    }

    function rowsOf(Tally memory tally, int256[] memory found) private pure returns (int256 rows) {
        if (tally.reveal == Reveal.Errors) return found[0];
        if (tally.reveal != Reveal.Confusion) return found[1];
        for (uint256 i = 0; i < found.length; ++i) {
            rows += found[i];
        }
    }

    /// The block of a group, or of all groups of the column.
    function cells(Tally memory tally, int64[] memory values, uint32 column, uint32 group)
        private
        pure
        returns (int256[] memory found)
    {
        uint256 size = blockSize(tally);
        found = new int256[](size);
        uint256 place = 0;
        for (uint32 c = 0; c < tally.groups.length; ++c) {
            for (uint32 g = 0; g < tally.groups[c]; ++g) {
                for (uint256 i = 0; i < size; ++i) {
                    if (c == column && (g == group || group == ALL)) found[i] += values[place];
                    ++place;
                }
            }
        }
    }

    function blockSize(Tally memory tally) private pure returns (uint256) {
        if (tally.reveal == Reveal.Errors) return 5;
        return tally.reveal == Reveal.Confusion ? uint256(tally.classes) ** 2 : 2;
    }
}
// forge-lint: disable-end(unsafe-typecast)
