"""The demonstration: a real model on real data, from ONNX to an attestation on chain."""

from zkattest.demo.run import DemoOptions, DemoResult, run_demo

__all__ = ["DemoOptions", "DemoResult", "run_demo"]
