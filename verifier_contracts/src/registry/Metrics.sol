// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Metric, Question, Reveal, Tally, Verdict} from "../interfaces/IDeploymentGate.sol";

/// @title Metrics
/// @notice Compares metrics with bounds, exactly: ratios by cross-multiplication, a mean of ratios digit by digit.
///
/// Ranges: an integer of evidence is below 2^63 and there are at most 2^11 of them, so that a sum over groups is below 2^74; a
/// threshold is below 2^63. The largest products are named where they stand; arithmetic is checked all the same.
/// A count below zero, labelled rows that are not as many as the data set has, and an empty denominator never satisfy.
library Metrics {
    /// All groups of a column together.
    uint32 internal constant ALL = type(uint32).max;

    /// Thresholds are in units of 2^-16.
    uint256 private constant ONE = 1 << 16;
    uint256 private constant DIGIT = 64;

    /// Of evidence, `MetricRegistry`'s bound.
    uint256 private constant MAX_VALUES = 2048;
    uint256 private constant MAX_COLUMNS = 32;
    /// For 2 * scale + 63 + 74 < 256 in `_withinError`.
    uint8 private constant MAX_SCALE = 48;

    /// Places in a block of errors.
    uint256 private constant LABELLED = 0;
    uint256 private constant ABSOLUTE = 1;
    uint256 private constant SQUARE = 2;
    uint256 private constant TARGET = 3;
    uint256 private constant TARGET_SQUARE = 4;

    /// @notice Whether `question` can be asked of counts that lie as `tally` says.
    function isAskable(Tally memory tally, Question memory question) internal pure returns (bool) {
        uint256 columns = tally.groups.length;
        if (columns == 0 || columns > MAX_COLUMNS || question.column >= columns) return false;
        // Before any product of them: a block of 45 classes fills the evidence.
        if (tally.classes > 45 || (tally.reveal == Reveal.Confusion && tally.classes < 2)) return false;
        uint256 values = 0;
        for (uint256 i = 0; i < columns; ++i) {
            if (tally.groups[i] == 0) return false;
            values += _blockSize(tally) * tally.groups[i];
        }
        if (values > MAX_VALUES) return false;
        uint32 groups = tally.groups[question.column];
        if (question.group >= groups && question.group != ALL) return false;
        if (question.threshold < 0) return false;
        Metric metric = question.metric;
        if (metric == Metric.MeanAbsoluteError || metric == Metric.MeanSquaredError) {
            return tally.reveal == Reveal.Errors && tally.scale <= MAX_SCALE;
        }
        // All others are ratios, so that a higher threshold is a mistake.
        if (uint64(question.threshold) > ONE) return false;
        if (metric == Metric.RSquared) return tally.reveal == Reveal.Errors;
        if (metric == Metric.Accuracy) return tally.reveal != Reveal.Errors;
        if (tally.reveal != Reveal.Confusion) return false;
        if (metric == Metric.BalancedAccuracy) return true;
        if (question.class_ >= tally.classes) return false;
        if (metric == Metric.DemographicParityGap || metric == Metric.EqualOpportunityGap) {
            return question.group == ALL && groups >= 2;
        }
        return true;
    }

    /// @notice Whether the evidence's sums satisfy an askable question.
    /// @param labelled labelled rows of the data set
    /// @param minLabelled least number of them in each group that is looked at
    function judge(
        Tally memory tally,
        Question memory question,
        int64[] memory values,
        uint64 labelled,
        uint64 minLabelled
    ) internal pure returns (Verdict) {
        uint256 start = 0;
        uint256 size = 0;
        for (uint256 i = 0; i < tally.groups.length; ++i) {
            if (i == question.column) start = size;
            size += _blockSize(tally) * tally.groups[i];
        }
        if (values.length != size) return Verdict.OtherLayout;
        // Sums of e and y' apart, nothing that is counted is below zero.
        for (uint256 i = 0; i < size; ++i) {
            if (values[i] < 0 && !(tally.reveal == Reveal.Errors && i % 5 == TARGET)) {
                return Verdict.OtherLayout;
            }
        }
        uint256 groups = tally.groups[question.column];
        uint256[] memory rows = new uint256[](groups);
        uint256 sum = 0;
        for (uint256 g = 0; g < groups; ++g) {
            rows[g] = _labelledIn(tally, _block(tally, values, start, g, g + 1));
            sum += rows[g];
        }
        // A labelled row is in exactly one group of each column.
        if (sum != labelled) return Verdict.OtherLayout;

        Metric metric = question.metric;
        if (metric == Metric.DemographicParityGap || metric == Metric.EqualOpportunityGap) {
            for (uint256 g = 0; g < groups; ++g) {
                if (rows[g] < minLabelled) return Verdict.TooFewLabelled;
            }
            return _withinGap(tally, question, values, start, groups);
        }
        bool all = question.group == ALL;
        if ((all ? sum : rows[question.group]) < minLabelled) return Verdict.TooFewLabelled;
        int256[] memory cells = all
            ? _block(tally, values, start, 0, groups)
            : _block(tally, values, start, question.group, uint256(question.group) + 1);
        // Not below zero: `isAskable`.
        uint256 threshold = uint64(question.threshold);
        if (metric == Metric.MeanAbsoluteError || metric == Metric.MeanSquaredError) {
            return _withinError(tally, metric, cells, threshold);
        }
        if (metric == Metric.RSquared) return _rSquared(cells, threshold);
        if (metric == Metric.BalancedAccuracy) return _balanced(cells, tally.classes, threshold);
        (uint256 numerator, uint256 denominator) = _ratio(tally, metric, question.class_, cells);
        return _atLeast(numerator, denominator, threshold);
    }

    function _blockSize(Tally memory tally) private pure returns (uint256) {
        if (tally.reveal == Reveal.Confusion) return uint256(tally.classes) * tally.classes;
        return tally.reveal == Reveal.Errors ? 5 : 2;
    }

    /// The sum of the blocks of groups [first, end) of the column whose blocks begin at `start`.
    function _block(Tally memory tally, int64[] memory values, uint256 start, uint256 first, uint256 end)
        private
        pure
        returns (int256[] memory cells)
    {
        uint256 size = _blockSize(tally);
        cells = new int256[](size);
        for (uint256 g = first; g < end; ++g) {
            for (uint256 i = 0; i < size; ++i) {
                cells[i] += values[start + g * size + i];
            }
        }
    }

    function _labelledIn(Tally memory tally, int256[] memory cells) private pure returns (uint256 rows) {
        if (tally.reveal == Reveal.Errors) return uint256(cells[LABELLED]);
        if (tally.reveal != Reveal.Confusion) return uint256(cells[1]);
        for (uint256 i = 0; i < cells.length; ++i) {
            rows += uint256(cells[i]);
        }
    }

    /// Numerator and denominator of a metric that is one ratio of counts.
    function _ratio(Tally memory tally, Metric metric, uint256 class_, int256[] memory cells)
        private
        pure
        returns (uint256 numerator, uint256 denominator)
    {
        if (metric == Metric.Accuracy) {
            denominator = _labelledIn(tally, cells);
            if (tally.reveal != Reveal.Confusion) return (uint256(cells[0]), denominator);
            for (uint256 c = 0; c < tally.classes; ++c) {
                numerator += uint256(cells[c * tally.classes + c]);
            }
            return (numerator, denominator);
        }
        (uint256 hits, uint256 truly, uint256 predicted) = _ofClass(cells, tally.classes, class_);
        if (metric == Metric.Precision) return (hits, predicted);
        if (metric == Metric.Recall) return (hits, truly);
        // F1 = 2 TP / (2 TP + FP + FN).
        return (2 * hits, truly + predicted);
    }

    /// Rows of a class that were predicted as it, that are of it, and that were predicted as it.
    function _ofClass(int256[] memory cells, uint256 classes, uint256 class_)
        private
        pure
        returns (uint256 hits, uint256 truly, uint256 predicted)
    {
        hits = uint256(cells[class_ * classes + class_]);
        for (uint256 c = 0; c < classes; ++c) {
            truly += uint256(cells[class_ * classes + c]);
            predicted += uint256(cells[c * classes + class_]);
        }
    }

    /// numerator / denominator >= threshold / 2^16.
    function _atLeast(uint256 numerator, uint256 denominator, uint256 threshold)
        private
        pure
        returns (Verdict)
    {
        if (denominator == 0) return Verdict.EmptyDenominator;
        return numerator * ONE >= threshold * denominator ? Verdict.Satisfied : Verdict.NotReached;
    }

    /// sum / labelled * 2^-scale (of squares: 2^-2 scale) <= threshold / 2^16; products below 2^(63 + 74 + 96).
    function _withinError(Tally memory tally, Metric metric, int256[] memory cells, uint256 threshold)
        private
        pure
        returns (Verdict)
    {
        uint256 rows = uint256(cells[LABELLED]);
        if (rows == 0) return Verdict.EmptyDenominator;
        bool squares = metric == Metric.MeanSquaredError;
        uint256 sum = uint256(cells[squares ? SQUARE : ABSOLUTE]);
        uint256 unit = 2 ** uint256(squares ? 2 * uint256(tally.scale) : tally.scale);
        return sum * ONE <= threshold * rows * unit ? Verdict.Satisfied : Verdict.NotReached;
    }

    /// 1 - n S / (n Q - T^2) >= threshold / 2^16 with n rows, S the sum of squared errors, T and Q the sums of targets and of
    /// their squares: (2^16 - threshold)(n Q - T^2) >= 2^16 n S. Products below 2^(17 + 2 * 74).
    function _rSquared(int256[] memory cells, uint256 threshold) private pure returns (Verdict) {
        int256 spread = cells[LABELLED] * cells[TARGET_SQUARE] - cells[TARGET] * cells[TARGET];
        // All targets are the same, or there are none; by Cauchy and Schwarz it is never negative for real rows.
        if (spread <= 0) return Verdict.EmptyDenominator;
        uint256 squares = uint256(cells[LABELLED]) * uint256(cells[SQUARE]);
        // Above zero: checked above.
        // forge-lint: disable-next-line(unsafe-typecast)
        return (ONE - threshold) * uint256(spread) >= ONE * squares ? Verdict.Satisfied : Verdict.NotReached;
    }

    /// Mean over the classes of recall, sum over c of a_c / b_c >= threshold * classes / 2^16.
    ///
    /// With terms 2^16 a_c / b_c the bound is an integer. `difference` is the sum of the terms' integer parts minus the bound; the
    /// rest of the sum is in [0, classes). So difference >= 0 decides for yes, difference + classes <= 0 for no; between them,
    /// 64 more bits of each quotient are drawn by long division. If the sum is below the bound at all, then by at least the
    /// inverse of the denominators' product, which is below 2^(74 classes); 2 classes + 1 digits make that more than `classes`,
    /// and a sum that is undecided then equals the bound.
    function _balanced(int256[] memory cells, uint256 classes, uint256 threshold)
        private
        pure
        returns (Verdict)
    {
        uint256[] memory rests = new uint256[](classes);
        uint256[] memory denominators = new uint256[](classes);
        for (uint256 c = 0; c < classes; ++c) {
            (uint256 hits, uint256 truly,) = _ofClass(cells, classes, c);
            if (truly == 0) return Verdict.EmptyDenominator;
            (rests[c], denominators[c]) = (hits * ONE, truly);
        }
        // All below 2^71: no recall and no threshold is above 1, there are at most 45 classes, and digits have 64 bits.
        // forge-lint: disable-start(unsafe-typecast)
        int256 difference = -int256(threshold * classes);
        uint256 digits = 2 * classes + 2;
        for (uint256 digit = 0; digit < digits; ++digit) {
            if (digit > 0) difference *= int256(1 << DIGIT);
            for (uint256 c = 0; c < classes; ++c) {
                // The first quotient is the integer part; a rest is below its denominator.
                uint256 dividend = digit == 0 ? rests[c] : rests[c] << DIGIT;
                difference += int256(dividend / denominators[c]);
                rests[c] = dividend % denominators[c];
            }
            if (difference >= 0) return Verdict.Satisfied;
            if (difference + int256(classes) <= 0) return Verdict.NotReached;
        }
        // forge-lint: disable-end(unsafe-typecast)
        return Verdict.Satisfied;
    }

    /// No two groups' rates differ by more than the threshold: of the highest rate a/b and the lowest c/d,
    /// 2^16 (a d - c b) <= threshold b d. Rates are of one group each, below 2^74.
    function _withinGap(
        Tally memory tally,
        Question memory question,
        int64[] memory values,
        uint256 start,
        uint256 groups
    ) private pure returns (Verdict) {
        uint256[2] memory high = [uint256(0), 1];
        uint256[2] memory low = [uint256(1), 1];
        for (uint256 g = 0; g < groups; ++g) {
            int256[] memory cells = _block(tally, values, start, g, g + 1);
            (uint256 hits, uint256 truly, uint256 predicted) = _ofClass(cells, tally.classes, question.class_);
            bool parity = question.metric == Metric.DemographicParityGap;
            uint256 numerator = parity ? predicted : hits;
            uint256 denominator = parity ? _labelledIn(tally, cells) : truly;
            if (denominator == 0) return Verdict.EmptyDenominator;
            if (numerator * high[1] >= high[0] * denominator) high = [numerator, denominator];
            if (numerator * low[1] <= low[0] * denominator) low = [numerator, denominator];
        }
        uint256 gap = high[0] * low[1] - low[0] * high[1];
        uint256 threshold = uint64(question.threshold);
        return gap * ONE <= threshold * high[1] * low[1] ? Verdict.Satisfied : Verdict.NotReached;
    }
}
