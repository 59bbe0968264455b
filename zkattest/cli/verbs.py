"""Verbs with a default object: ``zkattest prove MODEL`` is ``zkattest prove inference MODEL``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import typer
from typer.core import TyperGroup

__all__ = ["verb"]


class _Verb(TyperGroup):
    """A group whose first command is meant where no command is named."""

    @property
    def default(self) -> str:
        """The command that is meant where none is named."""
        return next(iter(self.commands))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return list(super().parse_args(ctx, args if named else [self.default, *args]))


def verb(app: typer.Typer, name: str, help_: str, **objects: Callable[..., None]) -> None:
    """Hang the verb ``name`` into ``app``.

    Arguments:
        objects: commands by the word for what they are done to; the first is the default.
    """
    first = next(iter(objects))
    help_ = f"{help_} `zkattest {name} …` is `zkattest {name} {first} …`."
    group = typer.Typer(help=help_, cls=_Verb, no_args_is_help=False)
    for word, command in objects.items():
        group.command(word)(command)
    app.add_typer(group, name=name)
