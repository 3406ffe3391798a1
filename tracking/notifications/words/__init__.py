"""What is said in each language: a new one is a file here, a line below and its name in `letters.LANGUAGES`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tracking.notifications.words import de, en

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tracking.notifications.words.form import Words

WORDS: Mapping[str, Words] = {"de": de.WORDS, "en": en.WORDS}
