// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Metric, Question, Reveal, Tally, Verdict} from "../src/interfaces/IDeploymentGate.sol";
import {Metrics} from "../src/registry/Metrics.sol";
import {SlowMetrics} from "./support/SlowMetrics.sol";
import {Test} from "./support/Test.sol";

/// @notice The library against a slow model with explicit fractions (fuzz), and its edges by hand.
contract MetricsTest is Test {
    uint256 private constant ONE = 1 << 16;

    function groups(uint32 first) private pure returns (uint32[] memory sizes) {
        sizes = new uint32[](1);
        sizes[0] = first;
    }

    function groups(uint32 first, uint32 second) private pure returns (uint32[] memory sizes) {
        sizes = new uint32[](2);
        (sizes[0], sizes[1]) = (first, second);
    }

    function asked(Metric metric, int64 threshold) private pure returns (Question memory question) {
        question.metric = metric;
        question.threshold = threshold;
    }

    function list(int64[4] memory cells) private pure returns (int64[] memory values) {
        values = new int64[](4);
        for (uint256 i = 0; i < 4; ++i) {
            values[i] = cells[i];
        }
    }

    function check(Verdict found, Verdict expected, string memory what) private pure {
        vm.assertEq(uint256(found), uint256(expected), what);
    }

    // --- by hand: one unit of a threshold, or one row, makes the difference

    function judge(Tally memory tally, Question memory question, int64[] memory values)
        private
        pure
        returns (Verdict)
    {
        vm.assertTrue(Metrics.isAskable(tally, question), "askable");
        return Metrics.judge(tally, question, values, SlowMetrics.labelled(tally, question, values), 0);
    }

    function exactly(Tally memory tally, Question memory question, int64[] memory values, int64 best)
        private
        pure
    {
        bool atMost = question.metric == Metric.DemographicParityGap
            || question.metric == Metric.EqualOpportunityGap || question.metric == Metric.MeanAbsoluteError
            || question.metric == Metric.MeanSquaredError;
        question.threshold = best;
        check(judge(tally, question, values), Verdict.Satisfied, "reached");
        question.threshold = atMost ? best - 1 : best + 1;
        check(judge(tally, question, values), Verdict.NotReached, "one unit too much");
    }

    function test_OneUnitDecides() public pure {
        Tally memory matrix = Tally(Reveal.Confusion, 2, groups(1), 0);
        // 50 of class 0: 45 right; 30 of class 1: 20 right.
        int64[] memory values = list([int64(45), 5, 10, 20]);
        exactly(matrix, asked(Metric.Accuracy, 0), values, 53_248); // 65/80 = 0.8125
        exactly(matrix, asked(Metric.BalancedAccuracy, 0), values, 51_336); // (9/10 + 2/3) / 2
        Question memory question = asked(Metric.Precision, 0);
        question.class_ = 1;
        exactly(matrix, question, values, 52_428); // 20/25
        question.metric = Metric.Recall;
        exactly(matrix, question, values, 43_690); // 20/30
        question.metric = Metric.F1;
        exactly(matrix, question, values, 47_662); // 40/55

        Tally memory hits = Tally(Reveal.TopK, 0, groups(1), 0);
        values = new int64[](2);
        (values[0], values[1]) = (90, 100);
        exactly(hits, asked(Metric.Accuracy, 0), values, 58_982);

        // Errors of scale 4: mean |e| = 300/100 / 16, mean e^2 = 2500/100 / 256, R^2 = 1 - 2500 / (9000 - 60^2/100).
        Tally memory errors = Tally(Reveal.Errors, 0, groups(1), 4);
        values = new int64[](5);
        (values[0], values[1], values[2], values[3], values[4]) = (100, 300, 2500, -60, 9000);
        exactly(errors, asked(Metric.MeanAbsoluteError, 0), values, 12_288);
        exactly(errors, asked(Metric.MeanSquaredError, 0), values, 6400);
        exactly(errors, asked(Metric.RSquared, 0), values, 47_258);
    }

    function test_Gaps() public pure {
        Tally memory tally = Tally(Reveal.Confusion, 2, groups(1, 3), 0);
        int64[] memory values = new int64[](16);
        // Groups: predicted as 1: 6/20, 10/20, 2/10; recall of 1: 5/8, 6/12, 2/4.
        int64[4][4] memory blocks =
            [[int64(25), 5, 11, 9], [int64(11), 1, 3, 5], [int64(4), 4, 6, 6], [int64(6), 0, 2, 2]];
        for (uint256 i = 0; i < 16; ++i) {
            values[i] = blocks[i / 4][i % 4];
        }
        Question memory question = Question(Metric.DemographicParityGap, 1, Metrics.ALL, 1, 0);
        exactly(tally, question, values, 19_661); // 10/20 - 2/10 = 0.3, rounded up
        question.metric = Metric.EqualOpportunityGap;
        exactly(tally, question, values, 8192); // 5/8 - 1/2
        // A group's own metric, and all groups together.
        question = Question(Metric.Accuracy, 1, 1, 0, 0);
        exactly(tally, question, values, 32_768); // 10/20
        question.group = Metrics.ALL;
        exactly(tally, question, values, 44_564); // 34/50
    }

    /// 1/3 + 2/3 + ... never ends in binary digits, and yet equals its bound.
    function test_ABalancedAccuracyThatEqualsItsBound() public pure {
        Tally memory tally = Tally(Reveal.Confusion, 2, groups(1), 0);
        exactly(tally, asked(Metric.BalancedAccuracy, 0), list([int64(1), 2, 1, 2]), 32_768);
        // Recalls (n - 1)/n and 1/(n + 1), or 1/n and n/(n + 1): 1 and 1/(n(n + 1)) less or more, with n of 61 bits.
        int64 n = (1 << 60) + 12_345;
        Question memory question = asked(Metric.BalancedAccuracy, 32_768);
        int64[] memory values = list([n - 1, 1, n, 1]);
        check(judge(tally, question, values), Verdict.NotReached, "less than the bound, by 2^-120");
        values = list([int64(1), n - 1, 1, n]);
        check(judge(tally, question, values), Verdict.Satisfied, "more than the bound, by 2^-120");
    }

    function test_EmptyDenominators() public pure {
        Tally memory tally = Tally(Reveal.Confusion, 2, groups(1), 0);
        int64[] memory none = new int64[](4);
        for (uint8 metric = 0; metric <= uint8(Metric.BalancedAccuracy); ++metric) {
            check(judge(tally, asked(Metric(metric), 0), none), Verdict.EmptyDenominator, "no rows");
        }
        Question memory question = asked(Metric.Recall, 0);
        int64[] memory values = list([int64(3), 0, 0, 0]);
        question.class_ = 1;
        check(judge(tally, question, values), Verdict.EmptyDenominator, "no row of the class");
        question.metric = Metric.Precision;
        check(judge(tally, question, values), Verdict.EmptyDenominator, "never predicted");
        question.metric = Metric.BalancedAccuracy;
        check(judge(tally, question, values), Verdict.EmptyDenominator, "a class without rows");
        tally.groups = groups(2);
        values = new int64[](8);
        (values[0], values[3]) = (5, 5);
        question = Question(Metric.DemographicParityGap, 0, Metrics.ALL, 1, 65_536);
        check(judge(tally, question, values), Verdict.EmptyDenominator, "an empty group");
        values[4] = 4;
        check(judge(tally, question, values), Verdict.Satisfied, "no longer");
        question.metric = Metric.EqualOpportunityGap;
        check(judge(tally, question, values), Verdict.EmptyDenominator, "a group without the class");

        tally = Tally(Reveal.Errors, 0, groups(1), 0);
        values = new int64[](5);
        check(judge(tally, asked(Metric.MeanAbsoluteError, 9), values), Verdict.EmptyDenominator, "no rows");
        check(judge(tally, asked(Metric.MeanSquaredError, 9), values), Verdict.EmptyDenominator, "no rows");
        (values[0], values[3], values[4]) = (4, 8, 16);
        check(judge(tally, asked(Metric.RSquared, 0), values), Verdict.EmptyDenominator, "all the same");
    }

    function test_CountsThatCannotBe() public pure {
        Tally memory tally = Tally(Reveal.Confusion, 2, groups(1, 2), 0);
        Question memory question = Question(Metric.Accuracy, 1, 0, 0, 0);
        int64[] memory values = new int64[](12);
        (values[0], values[4], values[8]) = (10, 6, 4);
        check(Metrics.judge(tally, question, values, 10, 6), Verdict.Satisfied, "as they should be");
        check(Metrics.judge(tally, question, values, 10, 7), Verdict.TooFewLabelled, "in this group");
        check(Metrics.judge(tally, question, values, 11, 0), Verdict.OtherLayout, "a row was dropped");
        check(Metrics.judge(tally, question, values, 9, 0), Verdict.OtherLayout, "a row was counted twice");
        question.group = Metrics.ALL;
        check(Metrics.judge(tally, question, values, 10, 10), Verdict.Satisfied, "all of them");
        check(Metrics.judge(tally, question, values, 10, 11), Verdict.TooFewLabelled, "in all groups");
        question.metric = Metric.DemographicParityGap;
        check(Metrics.judge(tally, question, values, 10, 4), Verdict.Satisfied, "each group");
        check(Metrics.judge(tally, question, values, 10, 5), Verdict.TooFewLabelled, "the smaller group");
        (values[8], values[9]) = (5, -1);
        check(Metrics.judge(tally, question, values, 10, 0), Verdict.OtherLayout, "below zero");
        check(Metrics.judge(tally, question, new int64[](11), 10, 0), Verdict.OtherLayout, "too few");
        check(Metrics.judge(tally, question, new int64[](13), 10, 0), Verdict.OtherLayout, "too many");
        tally = Tally(Reveal.Errors, 0, groups(1), 0);
        values = new int64[](5);
        (values[0], values[2], values[3], values[4]) = (2, 0, -4, 10);
        check(
            judge(tally, asked(Metric.RSquared, 65_536), values),
            Verdict.Satisfied,
            "a negative sum of targets"
        );
        values[1] = -1;
        check(
            judge(tally, asked(Metric.RSquared, 0), values), Verdict.OtherLayout, "a negative sum of errors"
        );
    }

    function test_WhatCannotBeAsked() public pure {
        Tally memory tally = Tally(Reveal.Confusion, 2, groups(1, 2), 0);
        Question memory question = Question(Metric.Precision, 1, 1, 1, 65_536);
        vm.assertTrue(Metrics.isAskable(tally, question), "this can");
        question.column = 2;
        not(tally, question, "no such column");
        question = Question(Metric.Precision, 1, 2, 1, 0);
        not(tally, question, "no such group");
        question = Question(Metric.Precision, 1, 1, 2, 0);
        not(tally, question, "no such class");
        question = Question(Metric.Precision, 1, 1, 1, -1);
        not(tally, question, "below zero");
        question = Question(Metric.Precision, 1, 1, 1, 65_537);
        not(tally, question, "above one");
        question = Question(Metric.EqualOpportunityGap, 1, 0, 1, 0);
        not(tally, question, "a gap of one group");
        question = Question(Metric.DemographicParityGap, 0, Metrics.ALL, 1, 0);
        not(tally, question, "a gap of a column with one group");
        not(tally, asked(Metric.MeanAbsoluteError, 1), "an error of classes");
        not(tally, asked(Metric.RSquared, 1), "R^2 of classes");
        Question memory plain = asked(Metric.Accuracy, 1);
        tally.groups = new uint32[](0);
        not(tally, plain, "no column");
        tally.groups = new uint32[](33);
        not(tally, plain, "too many columns");
        tally.groups = groups(1, 0);
        not(tally, plain, "an empty column");
        tally.groups = groups(1, 600);
        not(tally, plain, "more values than evidence has");
        tally.groups = groups(type(uint32).max);
        not(tally, plain, "many more");
        tally.groups = groups(1);
        tally.classes = 46;
        not(tally, plain, "too many classes");
        tally.classes = 1;
        not(tally, plain, "one class");
        tally = Tally(Reveal.Hits, 2, groups(1), 0);
        vm.assertTrue(Metrics.isAskable(tally, plain), "of hits");
        not(tally, asked(Metric.Recall, 1), "recall of hits");
        not(tally, asked(Metric.BalancedAccuracy, 1), "balanced accuracy of hits");
        tally = Tally(Reveal.Errors, 0, groups(1), 48);
        not(tally, plain, "accuracy of errors");
        vm.assertTrue(Metrics.isAskable(tally, asked(Metric.MeanSquaredError, type(int64).max)), "errors");
        tally.scale = 49;
        not(tally, asked(Metric.MeanSquaredError, 1), "too fine a scale");
    }

    function not(Tally memory tally, Question memory question, string memory what) private pure {
        vm.assertTrue(!Metrics.isAskable(tally, question), what);
    }

    /// Nothing overflows at the ends of the ranges.
    function test_TheLargestValues() public pure {
        Tally memory tally = Tally(Reveal.Errors, 0, groups(400), 48);
        int64[] memory values = new int64[](2000);
        for (uint256 i = 0; i < 2000; ++i) {
            values[i] = type(int64).max;
        }
        Question memory question = Question(Metric.MeanSquaredError, 0, 7, 0, type(int64).max);
        uint64 labelled = type(uint64).max;
        // The labelled rows of 400 groups do not fit a data set: no evidence of this kind can be.
        check(Metrics.judge(tally, question, values, labelled, 0), Verdict.OtherLayout, "too many rows");
        for (uint256 i = 0; i < 2000; i += 5) {
            values[i] = i == 35 ? type(int64).max : int64(0);
        }
        labelled = uint64(type(int64).max);
        check(Metrics.judge(tally, question, values, labelled, 0), Verdict.Satisfied, "at most that");
        question.metric = Metric.RSquared;
        question.threshold = 0;
        check(Metrics.judge(tally, question, values, labelled, 0), Verdict.EmptyDenominator, "no spread");
        question.group = Metrics.ALL;
        check(Metrics.judge(tally, question, values, labelled, 0), Verdict.EmptyDenominator, "less than none");

        tally = Tally(Reveal.Confusion, 45, groups(1), 0);
        values = new int64[](2025);
        for (uint256 i = 0; i < 45; ++i) {
            values[46 * i] = int64(1 << 53);
        }
        question = asked(Metric.BalancedAccuracy, 65_536);
        check(Metrics.judge(tally, question, values, 45 << 53, 0), Verdict.Satisfied, "all right");
    }

    // --- against the slow model; parts of seeds, as many bits as are wanted

    // forge-lint: disable-start(unsafe-typecast)

    function testFuzz_Classes(uint256 seed, uint8 metric, uint64 labelledChange) public pure {
        metric = uint8(bound(metric, 0, 6));
        Metric wanted = metric < 5 ? Metric(metric) : Metric(metric + 3);
        uint32 classes = uint32(2 + seed % 4);
        Tally memory tally = Tally(Reveal.Confusion, classes, groups(1 + uint32(seed >> 8) % 2, 3), 0);
        Question memory question =
            Question(wanted, uint32(seed >> 16) % 2, uint32(seed >> 24) % 3, uint32(seed >> 32) % classes, 0);
        if (question.group >= tally.groups[question.column] || metric >= 5 || (seed >> 40) % 4 == 0) {
            question.group = Metrics.ALL;
        }
        int64[] memory values = SlowMetrics.draw(tally, seed);
        compare(tally, question, values, seed, labelledChange);
    }

    function testFuzz_Hits(uint256 seed, uint64 labelledChange) public pure {
        Tally memory tally = Tally(Reveal.Hits, 0, groups(1, 2), 0);
        Question memory question = Question(Metric.Accuracy, uint32(seed >> 16) % 2, 0, 0, 0);
        compare(tally, question, SlowMetrics.draw(tally, seed), seed, labelledChange);
    }

    function testFuzz_Errors(uint256 seed, uint8 metric, uint8 scale) public pure {
        Tally memory tally = Tally(Reveal.Errors, 0, groups(2), scale % 21);
        Question memory question =
            Question(Metric(5 + metric % 3), 0, (seed >> 16) % 2 == 0 ? Metrics.ALL : 1, 0, 0);
        compare(tally, question, SlowMetrics.draw(tally, seed), seed, 1);
    }

    /// At the model's own best threshold, one above and below it, and anywhere.
    function compare(
        Tally memory tally,
        Question memory question,
        int64[] memory values,
        uint256 seed,
        uint64 change
    ) private pure {
        uint64 labelled = SlowMetrics.labelled(tally, question, values);
        int64 best = SlowMetrics.best(tally, question, values);
        int64[4] memory thresholds = [best, best - 1, best + 1, int64(uint64(seed >> 64) % 65_537)];
        for (uint256 i = 0; i < 4; ++i) {
            question.threshold = thresholds[i];
            if (!Metrics.isAskable(tally, question)) continue;
            check(
                Metrics.judge(tally, question, values, labelled, 0),
                SlowMetrics.judge(tally, question, values),
                "the models agree"
            );
            change = change == 0 ? 1 : change;
            unchecked {
                check(
                    Metrics.judge(tally, question, values, labelled + change, 0),
                    Verdict.OtherLayout,
                    "other rows"
                );
            }
        }
    }
    // forge-lint: disable-end(unsafe-typecast)
}
