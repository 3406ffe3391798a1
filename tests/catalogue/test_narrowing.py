"""Whatever two schemas say: what `diff` calls wider refuses nothing that was taken before."""

from __future__ import annotations

from itertools import product
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tracking.catalogue.narrowing import expanded, narrowed
from tracking.catalogue.property_schemas import compiled

INNER: Any = st.sampled_from(
    [True, False, {}, {"type": "string"}, {"const": 1}, {"enum": [1, "a"]}, {"type": "number"}]
)
NAMED = st.fixed_dictionaries({}, optional={"a": INNER, "b": INNER})
PLACED = st.lists(INNER, min_size=1, max_size=2)
PART = st.builds(lambda a: {"properties": {"a": a}}, INNER) | st.builds(lambda a: {"prefixItems": [a]}, INNER) | INNER
PARTS = st.lists(PART, min_size=1, max_size=2)
COUNT = st.integers(0, 2)
KEYWORDS: dict[str, Any] = {
    "patternProperties": st.fixed_dictionaries({}, optional={"^x": INNER, "^a": INNER}),
    "additionalProperties": INNER, "unevaluatedProperties": INNER, "unevaluatedItems": INNER, "prefixItems": PLACED,
    "items": INNER, "contains": INNER, "minContains": COUNT, "maxContains": COUNT, "minItems": COUNT,
    "maxProperties": COUNT, "allOf": PARTS, "anyOf": PARTS, "oneOf": PARTS, "not": PART, "if": PART, "then": PART,
    "else": PART, "dependentSchemas": st.fixed_dictionaries({"a": PART}), "dependentRequired": st.just({"a": ["b"]}),
    "propertyNames": st.just({"maxLength": 0}), "enum": st.just([1, "a"]), "const": st.just(1),
    "type": st.sampled_from(["array", ["object", "array"], "number"]), "required": st.just(["a"]),
}  # fmt: skip
TOGETHER = [
    ["patternProperties", "additionalProperties", "required", "propertyNames"],
    ["unevaluatedProperties", "patternProperties", "allOf", "dependentSchemas", "if", "then"],
    ["prefixItems", "items", "unevaluatedItems", "allOf"],
    ["contains", "minContains", "maxContains", "unevaluatedItems"],
    ["if", "then", "else", "not"],
    sorted(KEYWORDS),
]
"""Keywords that hang together; chance alone seldom brings them together."""
VALUES = [1, 2, "a", None]
SENT: list[Any] = [*VALUES, [], *([one] for one in VALUES), *map(list, product(VALUES, VALUES)), [1, 1, 1], ["a", 1, 1]]
SENT += [
    dict(zip(names, values, strict=True))
    for names in ((), ("a",), ("b",), ("x",), ("a", "b"), ("a", "x"), ("a", "b", "x"))
    for values in product(VALUES, repeat=len(names))
]


@st.composite
def changed(draw: st.DrawFn) -> tuple[Any, Any]:
    """A schema, and the same with one keyword gone, or with another value.

    All names are in the first: a property that is new counts as one that nobody sends yet.
    """
    names = draw(st.lists(st.sampled_from(draw(st.sampled_from(TOGETHER))), unique=True, min_size=1, max_size=4))
    before = draw(st.fixed_dictionaries({name: KEYWORDS[name] for name in names}))
    before["properties"] = draw(NAMED)
    after = dict(before)
    keyword = draw(st.sampled_from([*names, "properties"]))
    if draw(st.booleans()):
        del after[keyword]
    elif keyword == "properties":
        kept = [name for name in before["properties"] if draw(st.booleans())]
        after["properties"] = {name: draw(INNER | st.just(before["properties"][name])) for name in kept}
    else:
        after[keyword] = draw(KEYWORDS[keyword])
    return before, after


@settings(max_examples=500, deadline=None)
@given(changed())
def test_what_counts_as_wider_refuses_nothing_that_was_taken(pair: tuple[Any, Any]) -> None:
    before, after = pair
    if not list(narrowed(expanded(before), expanded(after))):
        old, new = compiled(before), compiled(after)
        assert [one for one in SENT if old.is_valid(one) and not new.is_valid(one)] == []
