"""Bugs in the picture of one pixel."""

from mutants import Mutant

PIXEL = "tracking/ingest/pixel.py"
TESTED = ("tests/ingest/test_pixel.py",)

MUTANTS = [
    Mutant(PIXEL, "if agent in PREFETCHERS or", "if any(one in agent for one in PREFETCHERS) or",
           "every browser is taken for Apple Mail", TESTED),
    Mutant(PIXEL, "if agent in PREFETCHERS or any(", "if any(", "Apple's fetches ahead count as opens", TESTED),
    Mutant(PIXEL, 'purpose.startswith(("prefetch", "preview"))', "False", "a page that a browser fetches ahead counts", TESTED),
    Mutant(PIXEL, '"HTTP_SEC_PURPOSE", "HTTP_PURPOSE",', '"HTTP_PURPOSE",', "what Chromium fetches ahead counts", TESTED),
    Mutant(PIXEL, "    if any(proxy in agent for proxy in PROXIES):\n        return None\n", "",
           "no open of Gmail counts", TESTED),
    Mutant(PIXEL, 'return "bot" if kind(agent) == "crawler" else None', "return None", "crawlers count as opens", TESTED),
    Mutant(PIXEL, '"private, no-store, no-cache, max-age=0"', '"private, max-age=600"', "the second open is kept by a cache", TESTED),
    Mutant("tracking/provenance/tokens.py", 'GIVES = RIGHT | {"pixel": "pixel"}', "GIVES = RIGHT",
           "who has the address of a picture sends any event in its name", TESTED),
    Mutant("tracking/provenance/tokens.py", "PIXEL_SECONDS = 31_536_000", "PIXEL_SECONDS = 86_400", "mails are opened too late", TESTED),
]  # fmt: skip
