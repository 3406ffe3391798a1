"""Reads the settings of a process from its environment."""

from __future__ import annotations

import dataclasses
import os
import secrets
from typing import TYPE_CHECKING, Any

from environs import EnvValidationError, FileAwareEnv

from tracking.checks import MAKE_A_KEY, is_placeholder
from tracking.settings import Settings, SettingsError

if TYPE_CHECKING:
    from pathlib import Path


def load(*, signs: bool = True) -> Settings:
    """The settings of this process, from its environment. `signs`: whether it makes or verifies credentials.

    Raises `SettingsError`, which names every bad value at once.
    """
    env = FileAwareEnv(eager=False, strip_whitespace=True)
    readers: dict[str, Any] = {
        "int": env.int,
        "bool": env.bool,
        "str": env.str,
        "str | None": env.str,
        "Path": env.path,
        "tuple[str, ...]": env.list,
    }
    values: dict[str, Any] = {}
    names = {field.name: {(name := field.metadata["name"]), f"{name}_FILE"} for field in dataclasses.fields(Settings)}
    for field in dataclasses.fields(Settings):
        name, check = field.metadata["name"], field.metadata["check"]
        try:
            values[field.name] = readers[str(field.type)](name, field.default, validate=check)
        except ValueError as error:  # an unreadable NAME_FILE is raised at once
            raise SettingsError(f"{name}: {error}") from None
    try:
        env.seal()
    except EnvValidationError as error:
        errors: Any = error.error_messages
        raise SettingsError("\n".join(f"{name}: {' '.join(said)}" for name, said in errors.items())) from None
    if not values["secret_keys"] and signs:
        if values["database_url"] or values["database_api_url"]:
            raise SettingsError(f"SECRET_KEYS: must be set beside DATABASE_URL; {MAKE_A_KEY}")
        values["secret_keys"] = (_own_key(values["data"]),)
    if not values["demo"] and any(is_placeholder(key) for key in values["secret_keys"]):
        raise SettingsError(f"SECRET_KEYS: a key looks like a placeholder; {MAKE_A_KEY}")
    values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    settings = Settings(**values)
    unset = frozenset(field for field, given in names.items() if not given & os.environ.keys())
    object.__setattr__(settings, "unset", unset)
    return settings


def _own_key(data: Path) -> str:
    """The key of a deployment on the embedded engine: made at the first start, in a file of its own."""
    file = data / "secret_key"
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = data / f".secret_key.{secrets.token_hex(4)}"
        if not file.exists():
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_hex(32))
            try:
                file.hardlink_to(draft)  # if two processes start for the first time, one wins and both read its key
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        return file.read_text().strip()
    except OSError as error:
        raise SettingsError(
            f"FOOTFALL_DATA: cannot write to {data} ({error.strerror}); name a folder that you may write to"
        ) from None
