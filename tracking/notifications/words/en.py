"""English."""

from __future__ import annotations

from tracking.notifications.words.form import Words

WORDS = Words(
    locale="en_GB",
    quoted="“{}”",
    action_or=" or ",
    day="EEEE, d MMMM y",
    day_of_year="EEEE, d MMMM",
    creators={
        "view": {
            "one": "{n} person viewed {what}{when}",
            "other": "{n} people viewed {what}{when}",
            "some": "a few people viewed {what}{when}",
        },
        "click": {
            "one": "{n} person clicked on {what}{when}",
            "other": "{n} people clicked on {what}{when}",
            "some": "a few people clicked on {what}{when}",
        },
        "impression": {
            "one": "{what} {was} shown to {n} person{when}",
            "other": "{what} {was} shown to {n} people{when}",
            "some": "{what} {was} shown to a few people{when}",
        },
        "other": {
            "one": "{n} person did {action} on {what}{when}",
            "other": "{n} people did {action} on {what}{when}",
            "some": "a few people did {action} on {what}{when}",
        },
    },
    digest_of_creators={
        "view": {
            "one": "{what} {was} viewed by {n} person{when}",
            "other": "{what} {was} viewed by {n} people{when}",
            "some": "{what} {was} viewed by a few people{when}",
        },
        "click": {
            "one": "{what} {was} clicked by {n} person{when}",
            "other": "{what} {was} clicked by {n} people{when}",
            "some": "{what} {was} clicked by a few people{when}",
        },
        "impression": {
            "one": "{what} {was} shown to {n} person{when}",
            "other": "{what} {was} shown to {n} people{when}",
            "some": "{what} {was} shown to a few people{when}",
        },
        "other": {
            "one": "{n} person did {action} on {what}{when}",
            "other": "{n} people did {action} on {what}{when}",
            "some": "a few people did {action} on {what}{when}",
        },
    },
    events={
        "view": {
            "one": "{what} {was} viewed {n} time{when}",
            "other": "{what} {was} viewed {n} times{when}",
            "some": "{what} {was} viewed a few times{when}",
        },
        "click": {
            "one": "{what} {was} clicked {n} time{when}",
            "other": "{what} {was} clicked {n} times{when}",
            "some": "{what} {was} clicked a few times{when}",
        },
        "impression": {
            "one": "{what} {was} shown {n} time{when}",
            "other": "{what} {was} shown {n} times{when}",
            "some": "{what} {was} shown a few times{when}",
        },
        "other": {
            "one": "{action} happened {n} time on {what}{when}",
            "other": "{action} happened {n} times on {what}{when}",
            "some": "{action} happened a few times on {what}{when}",
        },
    },
    passed_creators={
        "view": {
            "one": "{what} has now been viewed by {n} person",
            "other": "{what} has now been viewed by {n} people",
        },
        "click": {
            "one": "{n} person has now clicked on {what}",
            "other": "{n} people have now clicked on {what}",
        },
        "impression": {
            "one": "{what} has now been shown to {n} person",
            "other": "{what} has now been shown to {n} people",
        },
        "other": {
            "one": "{n} person has now done {action} on {what}",
            "other": "{n} people have now done {action} on {what}",
        },
    },
    passed_events={
        "view": {"one": "{what} has passed {n} view", "other": "{what} has passed {n} views"},
        "click": {"one": "{what} has passed {n} click", "other": "{what} has passed {n} clicks"},
        "impression": {"one": "{what} has passed {n} impression", "other": "{what} has passed {n} impressions"},
        "other": {
            "one": "{action} has now happened {n} time on {what}",
            "other": "{action} has now happened {n} times on {what}",
        },
    },
    was={"one": "was", "other": "were"},
    on_day=" on {day}{zone}",
    from_day_to_day=" from {first} to {last}{zone}",
    in_month=" in {month}{zone}",
    yesterday=" yesterday",
    last_week=" last week",
    last_month=" last month",
    of_day=" (day in {zone})",
    of_days=" (days in {zone})",
    more="{n} more than the day before",
    less="{n} fewer than the day before",
    as_many="as many as the day before",
    more_than_similar="{percent} more views than similar ones of others at the same age.",
    less_than_similar="{percent} fewer views than similar ones of others at the same age.",
    some="a few",
    receivers={
        "profile": "your profile",
        "job": "your job {title}",
        "story": "your story {title}",
    },
    receiver="{title} ({type})",
    many_receivers={
        "profile": {"one": "your {n} profile", "other": "your {n} profiles"},
        "job": {"one": "your {n} job", "other": "your {n} jobs"},
        "story": {"one": "your {n} story", "other": "your {n} stories"},
    },
    many={"one": "your {n} page ({type})", "other": "your {n} pages ({type})"},
    others={"one": "and {n} other", "other": "and {n} others"},
    more_items={"one": "{text} (and {n} more update)", "other": "{text} (and {n} more updates)"},
    open="Open",
    days_are="A day here is a day in {zone}.",
    why="You get this mail because it is about your own pages at {sender}.",
    stop="Stop these mails",
)
