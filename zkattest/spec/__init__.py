"""The executable specification: plain Python over py-ecc, written to be read, slow, and independent of the
Rust code.

It defines the bytes: golden vectors under ``tests/vectors`` are written by it
(``python -m zkattest.spec.vectors``) and both implementations must reproduce them.
"""
