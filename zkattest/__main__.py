"""``python -m zkattest``."""

from zkattest.cli import main

main()
