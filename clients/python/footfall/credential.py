"""What a request shows to be let in. Nothing here says it: not a log line, not an error, not a traceback."""

from __future__ import annotations

import re
from collections.abc import Callable

_WORD = re.compile(r"[!-~]+")
"""What a header may hold of it: ASCII without blanks and control characters."""
_FUNCTION = "the function that returns tokens"


class Credential:
    """A credential or a token that never changes, or a function that returns one."""

    def __init__(self, token: str | Callable[[], str]) -> None:
        """Raises ValueError, which does not show `token`, if no header can hold it."""
        self._function = token if callable(token) else None
        self._known = "" if callable(token) else _word(token, "token")

    def known(self) -> str:
        """The one to send; where none is known, the function is asked. Raises ValueError, fit for a log."""
        if not self._known and self._function:
            try:
                made = self._function()
            except BaseException as error:  # noqa: BLE001 - whatever the app's function raises, the events wait
                raise ValueError(f"{_FUNCTION} raised {type(error).__name__}") from None
            self._known = _word(made, _FUNCTION)
        return self._known

    def forget(self) -> bool:
        """Whether the function will be asked for another one."""
        if self._function:
            self._known = ""
        return self._function is not None


def _word(token: object, whose: str) -> str:
    """`token` without the blanks and line breaks that a file has around it."""
    word = token.strip() if isinstance(token, str) else ""
    if not _WORD.fullmatch(word):
        fault = "holds a blank, a line break, or what is not ASCII" if word else "is empty"
        what = f"this one {fault}" if isinstance(token, str) else f"not {type(token).__name__}"
        raise ValueError(f"{whose}: expected a credential or a token as Footfall printed it, a str; {what}")
    return word
