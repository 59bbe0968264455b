"""HTML and SVG as values: every text becomes harmless where it is put into an element.

:func:`element` escapes what is not :class:`Markup` already, so that a page can only hold the markup that this
package wrote; names, roles, file names and details from elsewhere stay texts whatever they contain.
"""

from __future__ import annotations

import html
from typing import Final

from zkattest.reports.text import printable


class Markup(str):
    """Markup that was made here, and needs no escaping."""

    __slots__ = ()


#: What has no closing tag in HTML.
_VOID: Final = frozenset({"br", "hr", "meta"})


def escaped(value: object) -> Markup:
    """``value`` as markup: itself where it is, else its escaped text; nothing for None."""
    if value is None:
        return Markup("")
    return value if isinstance(value, Markup) else Markup(html.escape(printable(value)))


def element(tag: str, *children: object, **attributes: object) -> Markup:
    """``<tag attributes>children</tag>``, children and attributes escaped.

    Arguments:
        tag: of this package, never from elsewhere.
        children: texts, numbers or markup; None stands for nothing.
        attributes: a trailing underscore is dropped (``class_``), others become hyphens; None leaves the
            attribute out.
    """
    written = "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escaped(value)}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{joined(*children)}</{tag}>")


def joined(*children: object) -> Markup:
    """The children one after the other."""
    return Markup("".join(map(escaped, children)))
