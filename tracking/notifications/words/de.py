"""German. What is theirs is neuter or feminine: its nominative is its accusative."""

from __future__ import annotations

from tracking.notifications.words.form import Words

CREATORS = {
    "view": {
        "one": "{n} Person hat{when} {what} angesehen",
        "other": "{n} Personen haben{when} {what} angesehen",
        "some": "ein paar Personen haben{when} {what} angesehen",
    },
    "click": {
        "one": "{n} Person hat{when} auf {what} geklickt",
        "other": "{n} Personen haben{when} auf {what} geklickt",
        "some": "ein paar Personen haben{when} auf {what} geklickt",
    },
    "impression": {
        "one": "{what} {was}{when} {n} Person angezeigt",
        "other": "{what} {was}{when} {n} Personen angezeigt",
        "some": "{what} {was}{when} ein paar Personen angezeigt",
    },
    "other": {
        "one": "{n} Person hat{when} {action} für {what} ausgelöst",
        "other": "{n} Personen haben{when} {action} für {what} ausgelöst",
        "some": "ein paar Personen haben{when} {action} für {what} ausgelöst",
    },
}

WORDS = Words(
    locale="de_DE",
    quoted="„{}“",
    action_or=" oder ",
    day="EEEE, 'dem' d. MMMM y",
    day_of_year="EEEE, 'dem' d. MMMM",
    creators=CREATORS,
    digest_of_creators=CREATORS
    | {
        "view": {
            "one": "{what} {was}{when} von {n} Person angesehen",
            "other": "{what} {was}{when} von {n} Personen angesehen",
            "some": "{what} {was}{when} von ein paar Personen angesehen",
        },
    },
    events={
        "view": {
            "one": "{what} {was}{when} {n}-mal angesehen",
            "other": "{what} {was}{when} {n}-mal angesehen",
            "some": "{what} {was}{when} ein paar Mal angesehen",
        },
        "click": {
            "one": "{what} {was}{when} {n}-mal angeklickt",
            "other": "{what} {was}{when} {n}-mal angeklickt",
            "some": "{what} {was}{when} ein paar Mal angeklickt",
        },
        "impression": {
            "one": "{what} {was}{when} {n}-mal angezeigt",
            "other": "{what} {was}{when} {n}-mal angezeigt",
            "some": "{what} {was}{when} ein paar Mal angezeigt",
        },
        "other": {
            "one": "{action} gab es{when} {n}-mal für {what}",
            "other": "{action} gab es{when} {n}-mal für {what}",
            "some": "{action} gab es{when} ein paar Mal für {what}",
        },
    },
    passed_creators={
        "view": {
            "one": "{n} Person hat inzwischen {what} angesehen",
            "other": "{n} Personen haben inzwischen {what} angesehen",
        },
        "click": {
            "one": "{n} Person hat inzwischen auf {what} geklickt",
            "other": "{n} Personen haben inzwischen auf {what} geklickt",
        },
        "impression": {
            "one": "{what} wurde inzwischen {n} Person angezeigt",
            "other": "{what} wurde inzwischen {n} Personen angezeigt",
        },
        "other": {
            "one": "{n} Person hat inzwischen {action} für {what} ausgelöst",
            "other": "{n} Personen haben inzwischen {action} für {what} ausgelöst",
        },
    },
    passed_events={
        "view": {"one": "{what} hat {n} Ansicht erreicht", "other": "{what} hat {n} Ansichten erreicht"},
        "click": {"one": "{what} hat {n} Klick erreicht", "other": "{what} hat {n} Klicks erreicht"},
        "impression": {"one": "{what} hat {n} Einblendung erreicht", "other": "{what} hat {n} Einblendungen erreicht"},
        "other": {
            "one": "{action} gab es inzwischen {n}-mal für {what}",
            "other": "{action} gab es inzwischen {n}-mal für {what}",
        },
    },
    was={"one": "wurde", "other": "wurden"},
    on_day=" am {day}{zone},",
    from_day_to_day=" von {first}, bis {last}{zone},",
    in_month=" im {month}{zone}",
    yesterday=" gestern",
    last_week=" letzte Woche",
    last_month=" letzten Monat",
    of_day=" (Tag in {zone})",
    of_days=" (Tage in {zone})",
    more="{n} mehr als am Tag davor",
    less="{n} weniger als am Tag davor",
    as_many="so viele wie am Tag davor",
    more_than_similar="{percent} mehr Ansichten als ähnliche von anderen im gleichen Alter.",
    less_than_similar="{percent} weniger Ansichten als ähnliche von anderen im gleichen Alter.",
    some="ein paar",
    receivers={
        "profile": "Ihr Profil",
        "job": "Ihre Stelle {title}",
        "story": "Ihre Story {title}",
    },
    receiver="{title} ({type})",
    many_receivers={
        "profile": {"one": "Ihr {n} Profil", "other": "Ihre {n} Profile"},
        "job": {"one": "Ihre {n} Stelle", "other": "Ihre {n} Stellen"},
        "story": {"one": "Ihre {n} Story", "other": "Ihre {n} Storys"},
    },
    many={"one": "Ihre {n} Seite ({type})", "other": "Ihre {n} Seiten ({type})"},
    others={"one": "und {n} weitere", "other": "und {n} weitere"},
    more_items={"one": "{text} (und {n} weitere Meldung)", "other": "{text} (und {n} weitere Meldungen)"},
    open="Ansehen",
    days_are="Ein Tag ist hier ein Tag in {zone}.",
    why="Sie erhalten diese Mail, weil es um Ihre eigenen Seiten bei {sender} geht.",
    stop="Diese Mails abbestellen",
)
