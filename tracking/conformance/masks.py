"""The names under which vectors are sent: nothing of a deployment's own is called so."""

from __future__ import annotations

from dataclasses import dataclass

PEOPLE = {"profile"}
"""Types that must keep their names, since the deployment knows what they are."""
OURS = "conform-"


@dataclass(frozen=True, slots=True)
class Mask:
    """`prefix` comes before each id; `sources` are the names of the deployment's sources by those of the vectors."""

    prefix: str
    sources: dict[str, str]

    def id(self, plain: str) -> str:
        return f"{self.prefix}-{plain}"

    def receiver(self, plain: str) -> str:
        kind, _, of = plain.partition(":")
        return f"{kind if kind in PEOPLE else OURS + kind}:{self.id(of)}"

    def plain_receiver(self, sent: str) -> str:
        kind, _, of = sent.partition(":")
        return f"{kind.removeprefix(OURS)}:{of.removeprefix(f'{self.prefix}-')}"

    def plain_source(self, sent: str) -> str:
        return {name: plain for plain, name in self.sources.items()}.get(sent, sent)
