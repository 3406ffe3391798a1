"""What the schema `analytics` says of itself: its comments, as a page for people and as sources for dbt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from tracking import db

if TYPE_CHECKING:
    from sqlalchemy import URL

INTRODUCTION = """\
# Data dictionary

What BI tools read: the schema `analytics`, as the role `marketing` sees it. This page is generated from the comments in
the database: `python -m tracking bi dictionary`.

Facts join `dim_date` by day, `dim_event` by event_name and `dim_receiver` by receiver. A column that begins with
`unique_` counts different people or receivers: who is in two rows is in both, so never add them up.

Receivers that are people are one row of a type, and only where the row is of ten or more. What is missing may be told
as a remainder of the platform's totals: a number of events, of nobody in particular.

Give each question a condition on `time`, as in `time >= now() - interval '28 days'`: only that is read. `event_name`
and `owner` are quick, too: on the fact itself, better than on a joined dimension.
"""
DBT_HEAD = """\
# Generated from the comments in the database: python -m tracking bi dictionary --format dbt
version: 2

sources:
  - name: footfall
    description: Events that are counted once, by the day, hour, receiver and name.
    schema: analytics
    tables:"""


class Column(NamedTuple):
    name: str
    type: str
    says: str


class Relation(NamedTuple):
    name: str
    says: str
    columns: tuple[Column, ...]


def read(url: URL) -> list[Relation]:
    """The views and tables of `analytics`, by name; an empty text where a comment is missing."""
    with db.connect(url) as connection:
        rows = db.run(connection, "dictionary").fetchall()
    return [
        Relation(name, says or "", tuple(Column(column, kind, text or "") for *_, column, kind, text in columns))
        for (name, says), columns in groupby(rows, key=lambda row: row[:2])
    ]


def markdown(relations: list[Relation]) -> Iterator[str]:
    """The lines of docs/data-dictionary.md."""
    yield INTRODUCTION
    for relation in relations:
        yield f"## {relation.name}\n"
        yield f"{relation.says}\n"
        yield "| column | type | what it is |"
        yield "| --- | --- | --- |"
        for column in relation.columns:
            yield f"| `{_cell(column.name)}` | {column.type} | {_cell(column.says)} |"
        yield ""


def dbt(relations: list[Relation]) -> Iterator[str]:
    """The lines of deploy/dbt/models/sources.yml. Texts are in quotes as JSON has them, which YAML reads, too."""
    yield DBT_HEAD
    for relation in relations:
        yield f"      - name: {relation.name}"
        yield f"        description: {_quoted(relation.says)}"
        yield "        columns:"
        for column in relation.columns:
            yield f"          - name: {_quoted(column.name)}"
            yield f"            data_type: {column.type}"
            yield f"            description: {_quoted(column.says)}"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
