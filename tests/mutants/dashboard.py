"""In what serves the dashboard, in its words, and in what the README tells people to paste."""

from mutants import Mutant

PAGES, HEADERS = "tracking/web/pages.py", "tracking/web/headers.py"
SOURCES = "tracking/web/dashboard/src"
SERVED, STRICT, WORDS = ("tests/web/test_pages.py",), ("tests/web/test_headers.py",), ("tests/web/test_words.py",)
LOOKS = ("tests/web/test_dashboard_looks.py",)
DATES = ("tests/test_readme.py::test_no_command_has_a_date_that_ages",)
GLOSSARY = ("tests/test_readme.py::test_the_words_are_explained_before_they_are_used",)

MUTANTS = [
    Mutant(PAGES, "content_type=file.content_type)", 'content_type=f"{file.content_type}; charset=utf-8")',
           "the type of each file names its charset twice", SERVED),
    Mutant(PAGES, 'quality("gzip") > 0', 'quality("gzip") >= 0', "a client that refuses gzip gets it", SERVED),
    Mutant(PAGES, "found.zipped if zipped else found.plain", "found.plain if zipped else found.zipped",
           "what is said to be zipped is not", SERVED),
    Mutant(PAGES, "{'-gzip' if zipped else ''}", "", "two encodings have one tag, so a cache mixes them up", SERVED),
    Mutant(PAGES, 'vary.add("Accept-Encoding")', 'vary.add("Accept")', "a cache gives the zipped file to who cannot read it", SERVED),
    Mutant(PAGES, '"no-cache"  #', '"max-age=31536000"  #', "a browser keeps last year's dashboard", SERVED),
    Mutant(PAGES, "    response.make_conditional(request)\n", "", "every visit loads everything again", SERVED),
    Mutant(PAGES, '"text/css; charset=utf-8"', '"text/plain; charset=utf-8"', "browsers refuse the style sheet", SERVED),
    Mutant(PAGES, "embedders=current().settings.embedders", "embedders=\"'none'\"", "nobody may frame the dashboard", SERVED),
    Mutant(PAGES, "connect-src 'self'", "connect-src *", "the page may send the token anywhere", SERVED),
    Mutant(PAGES, "FILES = {", 'FILES = {"/dashboard/dashboard.html": File("dashboard.html", HTML), ',
           "the page has a second address", SERVED),
    Mutant(HEADERS, " if header[0] not in there]", "]", "the dashboard has two policies, and nobody may frame it", STRICT),
    Mutant(HEADERS, '== "https"', '!= "https"', "browsers are told to stay with TLS where there is none", STRICT),
    Mutant(HEADERS, 'startswith("text/html")', 'endswith("text/html")', "a page gets the policy of JSON and runs nothing", STRICT),
    Mutant(f"{SOURCES}/problems.js", ' "raw-events-dropped": "dropped",', "", "a refusal is told as a fault of the service", WORDS),
    Mutant(f"{SOURCES}/words/de.js", 'notFound: "Zu „{what}“ wurde', 'notFound: "Es wurde', "what was searched for is not said", WORDS),
    Mutant("README.md", "height: 900px; ", "", "the iframe as pasted is 150 pixels high", LOOKS),
    Mutant("README.md", "YESTERDAY=$(date -u -d yesterday +%F 2>/dev/null || date -u -v-1d +%F)", "YESTERDAY=2026-11-23",
           "the example is empty a month later", DATES),
    Mutant("README.md", "| verdict, excluded | the", "| answer, excluded | the", "a word is used that was never explained", GLOSSARY),
]  # fmt: skip
