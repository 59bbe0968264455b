"""Metrics of a committed model over a committed data set: what is counted, shown or bounded, and proved."""

from zkattest.metrics.measures import Measures, Slice
from zkattest.metrics.metric import Bound, Metric
from zkattest.metrics.planning import Plan, plan
from zkattest.metrics.score import Score

__all__ = ["Bound", "Measures", "Metric", "Plan", "Score", "Slice", "plan"]
