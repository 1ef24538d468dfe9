"""Broken content ends in German mistakes with file, line and column: all of them, and only them."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot import knowledge, layout
from bot.answering.answers import Answers
from bot.content import check, loading
from bot.content.loading import from_files, from_tree, gather, shipped
from bot.content.source import Document, read
from bot.errors import KnowledgeError, Mistake
from bot.reply import Aspect
from bot.session import Intent

Files = dict[str, bytes]

ZASTEX = "offers/zastex.yaml"
BOT = "general/bot.yaml"
BROSCHUERE = "general/broschuere.yaml"
LINES = "utterances/zastex.yaml"
ALARM_LINES = "utterances/notruf.yaml"


def first_lines(content: bytes, most: int = 3) -> bytes:
    """Return a file with the first entries of each long list only."""
    kept, count = [], 0
    for line in content.decode().splitlines(keepends=True):
        count = count + 1 if line.lstrip().startswith("- ") else 0
        if count <= most:
            kept.append(re.sub(rf"\[((?:[^,]+, ){{{most}}}).*\]$", r"[\1]", line))
    return "".join(kept).encode()


WIDEST = 120
"""Signs of a row with a list in brackets; a longer list has a row for each entry."""
LONG_LISTS = ("utterances", "concepts")


@pytest.fixture(scope="module")
def whole() -> Files:
    """The shipped content with short lists, so that a check takes milliseconds."""
    return {
        name: first_lines(content) if layout.kind_of(name) in LONG_LISTS else content
        for name, content in gather(shipped()).items()
    }


@pytest.fixture(scope="module", autouse=True)
def documents(whole: Files) -> Iterator[dict[str, Document]]:
    """The content as it is read. What a test leaves as it is, is neither read nor validated again."""
    read_once = {name: read(name, data) for name, data in whole.items() if name != "schema.json"}
    shipped_rules = json.dumps(json.loads(whole["schema.json"]))
    of_form, found = check._of_form, dict[str, tuple[Mistake, ...]]()

    def reading(name: str, data: bytes) -> Document:
        return read_once[name] if data is whole.get(name) else read(name, data)

    def form(name: str, document: Document, rules: str) -> list[Mistake]:
        if document is not read_once.get(name) or rules != shipped_rules:
            return of_form(name, document, rules)
        if name not in found:
            found[name] = (*of_form(name, document, rules),)
        return [*found[name]]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loading, "read", reading)
        patch.setattr(check, "_of_form", form)
        yield read_once


@pytest.fixture
def files(whole: Files) -> Files:
    """A copy of the content to break."""
    return dict(whole)


def mistakes(files: Mapping[str, bytes]) -> list[Mistake]:
    """Return the mistakes that loading ``files`` ends in."""
    with pytest.raises(KnowledgeError) as caught:
        from_files(files)
    return list(caught.value.mistakes)


def edit(files: Files, file: str, old: str, new: str) -> str:
    """Replace the first match of the pattern ``old`` in a file and return its text."""
    text = files[file].decode()
    assert re.search(old, text), f"{file} holds no {old!r} to break"
    edited = re.sub(old, lambda _: new, text, count=1)
    files[file] = edited.encode()
    return edited


def place(text: str, at: str) -> tuple[int, int]:
    """Return line and column, from 1, of the first match of the pattern ``at``."""
    found = re.search(at, text, re.MULTILINE)
    assert found, f"no {at!r} in the edited file"
    before = text[: found.start()]
    return before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1


@dataclass(frozen=True, slots=True)
class Case:
    """One edit, the place of the mistake that it makes (a pattern), and what is said of it."""

    name: str
    file: str
    old: str
    new: str
    at: str
    says: str


LONG = "Wort für Wort zu viel. " * 60
SERVICES = r"  services:\n    text: \|\n(?:      .*\n|\n)*"

FORM = [
    Case("unknown key", ZASTEX, r"\nsummary:", "\nsumary: x\nsummary:", "sumary", "Meinten Sie „summary“?"),
    Case("unknown key deep", ZASTEX, "    phones:", "    phone: x\n    phones:", "phone:", "„phones“"),
    Case(
        "unknown side", ZASTEX, r"answers:\n", "answers:\n  price: {text: x}\n", "price", "Erlaubt: contact"
    ),
    Case(
        "duplicate key", ZASTEX, r"\nsummary:", "\nsummary: x\nsummary:", r"summary:(?! x)", "zum zweiten Mal"
    ),
    Case(
        "duplicate card",
        BROSCHUERE,
        "  publisher:",
        "  order:",
        r"order:\n.*Ministerium|order:\n.*Staatsm",
        "„order“ steht hier",
    ),
    Case(
        "text for a list",
        ZASTEX,
        r"phones: \[(.*)\]",
        "phones: x",
        "phones",
        "eine Liste („- …“ je Zeile oder „[…]“)",
    ),
    Case("list for a text", ZASTEX, "title: ZASTEX", "title: [ZASTEX]", "title", "ein Text"),
    Case(
        "text for a group",
        BOT,
        r"  languages:\n    label: .*\n(?:    .*\n|\n)*?(?=  \w)",
        "  languages: Deutsch\n",
        "languages",
        "eine Gruppe",
    ),
    Case("key without a value", ZASTEX, "title: ZASTEX", "title:", "title", "fehlt der Inhalt"),
    Case("blank text", ZASTEX, "title: ZASTEX", 'title: "  "', "title", "nur Leerraum"),
    Case("two lines for one", ZASTEX, "title: ZASTEX", 'title: "ZAS\\nTEX"', "title", "nur eine Zeile"),
    Case("missing key", ZASTEX, r"summary: .*\n", "", "topic:", "fehlt „summary“. Ein Halbsatz"),
    Case("phone", ZASTEX, r'phones: \["[^"]*"', 'phones: ["0351/8552223"', '"0351', "„+49 351 855-0“"),
    Case("fax", BROSCHUERE, 'fax: ".*"', "fax: keins", "fax", "„keins“ passt hier nicht"),
    Case("mail", ZASTEX, "email: .*", "email: zastex.lka(at)polizei", "email", "E-Mail-Adresse"),
    Case("mail in capitals", ZASTEX, "email: .*", "email: Zastex@sachsen.de", "email", "klein geschrieben"),
    Case("url", BROSCHUERE, "url: .*", "url: publikationen.sachsen.de", "url", "https://"),
    Case("url of a script", BROSCHUERE, "url: .*", "url: javascript:alert(1)", "url", "https://"),
    Case("postcode", ZASTEX, 'postcode: ".*"', "postcode: 1129", "postcode", "fünf Ziffern"),
    Case("date", "sources.yaml", 'date: ".*"', "date: 13.10.2023", "date", "JJJJ-MM-TT"),
    Case(
        "day that is none", "sources.yaml", 'date: ".*"', "date: 2023-02-31", "date", "Den Tag „2023-02-31“"
    ),
    Case(
        "confirmed",
        ZASTEX,
        r"    city: .*\n(    confirmed: .*\n)?",
        "    city: Dresden\n    confirmed: 2024-04-31\n",
        "confirmed",
        "Den Tag",
    ),
    Case("side of a detail", ZASTEX, "aspect: services", "aspect: service", "aspect", "Erlaubt: overview"),
    Case(
        "over-long answer",
        ZASTEX,
        r"since:\n    text: \|\n",
        f"since:\n    text: |\n      {LONG}\n",
        r"(?<=since:\n    )text",
        "erlaubt sind 1200",
    ),
    Case(
        "over-long title",
        ZASTEX,
        "title: ZASTEX",
        f"title: {'Z' * 41}",
        "title",
        "41 Zeichen sind zu lang; erlaubt sind 40",
    ),
    Case(
        "too many options",
        "general/smalltalk.yaml",
        r"options: \[\]",
        f"options: [{', '.join(['bot'] * 9)}]",
        r"options: \[bot, bot",
        "9 Einträge sind zu viele",
    ),
    Case("id of a card", ZASTEX, "  office:", "  Büro Dresden:", "Büro", "taugt nicht als Kennung"),
    Case("too short to ask", ZASTEX, r"ask:\n", "ask:\n      - k\n", r"k$", "„k“ ist zu kurz: mindestens 2"),
    Case("id of a section", LINES, "overview:", "Überblick:", "Überblick", "overview, services oder contact"),
    Case("misspelt key", ZASTEX, "title:", "titel:", "titel", "Meinten Sie „title“?"),
    Case("key with a capital", ZASTEX, "    text:", "    Text:", "Text", "Meinten Sie „text“?"),
    Case("empty list", LINES, r"overview:\n(  - .*\n)+", "overview: []\n", "overview", "fehlt der Inhalt"),
    Case("no list", LINES, r"overview:\n(  - .*\n)+", "overview:\n", "overview", "eine Liste"),
    Case("blank utterance", LINES, "overview:", 'overview:\n  - " "', '" "', "Diese Zeile ist leer"),
    Case(
        "colon in an utterance",
        LINES,
        "overview:",
        "overview:\n  - Frage: wer hilft",
        "Frage",
        "Doppelpunkt steht mitten im Text",
    ),
    Case("over-long utterance", LINES, "overview:", f"overview:\n  - {'x' * 901}", "xxx", "901 Zeichen"),
    Case(
        "phone as people dial it",
        ZASTEX,
        r'phones: \["[^"]*"',
        'phones: ["0351 8552223"',
        '"0351',
        "Statt der ersten 0 steht „+49 “",
    ),
    Case(
        "phone with a dash",
        ZASTEX,
        r'phones: \["[^"]*"',
        'phones: ["+49 351 855–2223"',
        r'"\+49',
        "„–“ statt „-“",
    ),
    Case(
        "phone with an odd blank",
        ZASTEX,
        r'phones: \["[^"]*"',
        'phones: ["+49\u00a0351 855-2223"',
        r'"\+49',
        "geschütztes Leerzeichen",
    ),
    Case("mail with an unseen sign", ZASTEX, "email: ", "email: \u200b", "email", "unsichtbares Zeichen"),
    Case("quotes of Word", ZASTEX, 'postcode: ".*"', "postcode: „01129“", "postcode", 'hier gerade: "…"'),
    Case("title in quotes of Word", ZASTEX, "title: ZASTEX", "title: „ZASTEX“", "title", "mitsagen würde"),
    Case("German date", "sources.yaml", 'date: ".*"', "date: 3.1.2024", "date", "Also „2024-01-03“."),
    Case(
        "source in capitals", ZASTEX, "source: .*", "source: Broschuere", "source", "passt es: „broschuere“"
    ),
    Case(
        "bold text", ZASTEX, "Die ZASTEX erreichen Sie", "**Wir**", r"(?<=contact:\n    )text", "„**“ bekämen"
    ),
    Case("text of a web page", ZASTEX, "summary: ", "summary: Rat &amp; ", "summary", "„&amp;“ bekämen"),
    Case("empty mail", ZASTEX, "email: .*", "email:", "email", "die ganze Zeile löschen"),
    Case("two dashes", LINES, "overview:", "overview:\n  - - wer hilft", "- wer hilft", "zwei Striche"),
    Case("no line for the answers", ZASTEX, r"answers:\n", "", "overview:", "fehlt die Zeile „answers:“"),
    Case("no line for the details", ZASTEX, r"\ndetails:\n", "\n", r"since:", "fehlt diese Zeile"),
    Case("card without an id", ZASTEX, r"  office:\n", "", "organisation", "eine Zeile wie „  office:“"),
    Case(
        "side without text",
        ZASTEX,
        r"  overview:\n    text: \|",
        "  overview: |",
        "overview",
        "darunter „text: |“",
    ),
    Case(
        "signal of danger",
        "safety.yaml",
        r"    fire_injury:\n(?:      .*\n)+",
        "",
        "always",
        "fehlt „fire_injury“",
    ),
    Case(
        "nothing where a list belongs",
        ZASTEX,
        r"names:\n(  - .*\n)+",
        "names:\n",
        "names",
        "Darunter steht nichts",
    ),
    Case("dash for what there is not", ZASTEX, "    unit: .*", '    unit: "-"', "unit", "die Zeile löschen"),
    Case("sign for the title", ZASTEX, "title: ZASTEX", "title: ~", "title", "„~“ bekämen die Menschen"),
    Case("blank in a link", BROSCHUERE, "url: http://", "url: http:// ", "url", "ein Leerzeichen zu viel"),
    Case(
        "year to come",
        "sources.yaml",
        'date: ".*"',
        "date: 2203-10-13",
        "date",
        "Stimmen Jahr, Monat und Tag?",
    ),
    Case(
        "key too far right",
        ZASTEX,
        r"(?<=nach\.\n)    contacts:",
        "      contacts:",
        r"(?m)^ {6}contacts",
        "der Bot würde sie sagen",
    ),
    Case(
        "utterance in brackets", LINES, "overview:", "overview:\n  - [wer hilft]", r"\[wer", "mit „[“ anfängt"
    ),
    Case(
        "utterance with a colon behind",
        LINES,
        "overview:",
        "overview:\n  - wer hilft:",
        "wer hilft:",
        "mehr als ein Text",
    ),
    Case(
        "utterance with a question mark before",
        LINES,
        "overview:",
        "overview:\n  - ? wer hilft",
        r"\? wer",
        "mehr als ein Text",
    ),
    Case(
        "whole topic among the sides",
        "off.yaml",
        r"aspects: \{\}",
        'aspects: {zastex: ""}',
        r"zastex: \"\"",
        "steht unter „topics“",
    ),
]

SENSE = [
    Case("missing aspect", ZASTEX, SERVICES, "", "answers", "Die Seite „services“ fehlt"),
    Case("offer without a card", ZASTEX, r"contacts:\n(?:  .*\n)+", "", "topic", "„contacts“ nicht fehlen"),
    Case("offer without a source", ZASTEX, r"source: .*\n", "", "topic", "„source“ nicht fehlen"),
    Case("card without a way", ZASTEX, r"    street: (?:.*\n)+?(?=\n)", "", "office", "nennt keinen Weg"),
    Case("id unlike the file", ZASTEX, "topic: zastex", "topic: zastexx", "topic", "wie die Datei: „zastex“"),
    Case("unknown source", ZASTEX, "source: .*", "source: zeitung", "source", "Bekannt: broschuere"),
    Case("option to nowhere", BOT, r"options: \[bot\.offers", "options: [bot.ofers", r"bot\.ofers", "Meinten Sie „bot.offers“?"),
    Case("option to no topic", BOT, r"options: \[bot\.offers", "options: [zastecks", "zastecks", "Meinten Sie „zastex“?"),
    Case("option to no detail", BOT, r"options: \[bot\.offers", "options: [zastex.pfand", r"zastex\.pfand", "Möglich: zastex.overview, "),
    Case("names with a semicolon", ZASTEX, "names:", "names:\n  - Hilfe; Rat", "Hilfe; Rat", "sind mehrere Einträge"),
    Case("words with a semicolon", ZASTEX, r"ask:\n", "ask:\n      - hilfe; rat\n", "hilfe; rat", "eigene Zeile"),
    Case("words with a comma", ZASTEX, r"ask:\n", "ask:\n      - hilfe, rat\n", "hilfe, rat", "eigene Zeile"),
    Case("option without a label", BOT, r"options: \[bot\.offers", "options: [smalltalk.joke", "smalltalk.joke", "keine Aufschrift"),
    Case("option given twice", BOT, r"options: \[bot\.offers", "options: [bot.offers, bot.offers", r"(?<=, )bot\.offers", "zweimal"),
    Case("card that is none", ZASTEX, r"contacts: \[office\]", "contacts: [ofice]", "ofice", "Meinten Sie „office“?"),
    Case("foreign card that is none", BOT, r"asskomm\.office", "asskomm.desk", "asskomm.desk", "„asskomm.desk“ gibt es nicht"),
    Case("detail that nothing finds", ZASTEX, r"    ask:\n(?:      .*\n)+", "", "risk", "„ask“ mit Erkennungswörtern"),
    Case("aspect as a detail", ZASTEX, "  risk:", "  services:", r"services:\n    label", "gehört unter „answers“"),
    Case("name of another offer", ZASTEX, "names:", "names:\n  - Ass Komm", "Ass Komm", "heißt schon das Thema in offers/asskomm"),
    Case("name without a word", ZASTEX, "names:", 'names:\n  - "!?"', '"!', "enthält kein Wort"),
    Case("title that is no name", ZASTEX, "title: ZASTEX", "title: Opferhilfe", "names", "„Opferhilfe“ fehlt in dieser Liste"),
    Case("star within a word", ZASTEX, r"ask:\n", "ask:\n      - ge*fahr\n", r"ge\*fahr", "am Anfang oder Ende"),
    Case("star that finds all", "vocabulary.yaml", r"ask: \[", "ask: [ab*, ", r"ab\*", "träfe zu viele"),
    Case("concept without a word", "concepts.yaml", r"role_mayor:\n", 'role_mayor:\n    - "**"\n', r'"\*\*"', "enthält kein Wort"),
    Case("unknown section", LINES, "services:", "kosten:", "kosten", "Möglich: overview, services, contact"),
    Case("detail as a section", LINES, "services:", "risk:", "risk", "gibt es hier nicht"),
    Case("alarm never learned", ALARM_LINES, r"despair:\n(  - .*\n)+", "", "", "„despair“ fehlt: diese Gefahr"),
    Case("unknown alarm", ALARM_LINES, "danger:", "danger: [Hilfe]\nflood:", "flood", "Möglich: danger"),
    Case("unknown sentence", "wording.yaml", "\nfound:", "\nfoundd: x\nfound:", "foundd", "sagt der Bot nirgends. Meinten Sie „found“?"),
    Case("missing sentence", "wording.yaml", r"\nempty: .*", "", "welcome", "„empty“ fehlt. Er lautet etwa: Ihre"),
    Case("place not filled", "wording.yaml", r"found: .*\{topic\}", 'found: "{topic} {id}', "found", "„{id}“ füllt das Programm hier nicht. Möglich: {topic}"),
    Case("place where none is", "wording.yaml", "empty: ", 'empty: "{topic}"\n#', "empty", "nichts eingesetzt"),
    Case("place missing", "wording.yaml", r"found: .*", "found: Das gehört dorthin.", "found:", "„{topic}“ fehlt"),
    Case("place misspelt", "wording.yaml", r"found: .*", 'found: "Das {thema}"', "found:", "„{thema}“ füllt das Programm hier nicht. Möglich: {topic}"),
    Case("place cut off", "wording.yaml", r"found: .*", 'found: "Das {topic"', "found:", "nicht geschlossen"),
    Case("place that looks inside", "wording.yaml", r"found: .*", 'found: "{topic} {topic.__class__}"', "found:", "{topic.__class__}"),
    Case("no number in danger", "safety.yaml", "jetzt die 110", "jetzt die Polizei", r"(?<=danger:\n  )text", "muss die 110 stehen"),
    Case("no card in danger", "safety.yaml", r'phones: \["110"\]', 'phones: ["115"]', "contacts", "muss die 110 nennen"),
    Case("next to nowhere", "safety.yaml", r"next: \[", "next: [zastex.servces, ", r"zastex\.servces", "Meinten Sie „zastex.services“?"),
    Case("number in a text", ZASTEX, "Die ZASTEX erreichen Sie", "Rufen Sie 0351 855-2223 an oder 110", r"(?<=contact:\n    )text", "„0351 855-2223“: Nummern, Mailadressen"),
    Case("mail in a text", ZASTEX, "Die ZASTEX erreichen Sie", "Mail an wir@zastex.example", r"(?<=contact:\n    )text", "„wir@zastex.example“"),
    Case("link in a text", ZASTEX, "Die ZASTEX erreichen Sie", "Siehe www.zastex.example", r"(?<=contact:\n    )text", "„www.zastex.example“"),
    Case("next to every offer", "safety.yaml", r"next: \[", "next: [offers, ", r"(?<=\[)offers", "führt nirgendwohin"),
    Case("word field of an offer that is none", ZASTEX, r"\nfields: \[letter_words", "\nfields: [leter_words", "leter_words", "Meinten Sie „letter_words“?"),
    Case("word field that is none", "safety.yaml", r"  concepts:\n    - weapons", "  concepts:\n    - wapons", "wapons", "Meinten Sie „weapons“?"),
    Case("no number meanwhile", "safety.yaml", "Rufen Sie die 110 an, solange", "Bleiben Sie ruhig, solange", r"(?<=meanwhile:\n    )text", "muss die 110 stehen"),
    Case("no number in despair meanwhile", "safety.yaml", r"(?<=Bitte geben Sie)(.|\n)*?112", "", r"text(?=: \|\n.*Bitte geben Sie)", "muss die 112 stehen"),
    Case("reply to nothing meanwhile", "safety.yaml", r"      - ask: .*\n        text:", "      - text:", r"(?<=      - )text", "fehlt „ask“"),
    Case("unease that is no word field", "safety.yaml", r"unease:\n    - threat_words", "unease:\n    - threat_word", r"threat_word$", "Meinten Sie „threat_words“?"),
    Case("unspoken that leads nowhere", "vocabulary.yaml", r"unspoken: bot\.confidential", "unspoken: bot.gone", r"unspoken: bot\.gone", "führt nirgendwohin"),
    Case("question of no word field", "vocabulary.yaml", r"fields: \[saxon_towns", "fields: [saxon_town", "saxon_town", "Meinten Sie „saxon_towns“?"),
    Case("detail the program needs", BOT, "  privacy:", "  data:", "details", "„privacy“ fehlt: das Programm"),
]  # fmt: skip


BREAKS_MORE = ("detail the program needs", "aspect as a detail", "missing aspect")


@pytest.mark.parametrize("case", [*FORM, *SENSE], ids=lambda case: case.name)
def test_mistake_is_found_where_it_is(files: Files, case: Case) -> None:
    """One slip is one mistake, unless something else leaned on what was lost."""
    text = edit(files, case.file, case.old, case.new)
    found = mistakes(files)
    told = "\n".join(map(str, found))
    line, column = place(text, case.at) if case.at else (0, 0)
    there = [m for m in found if (m.file, m.line, m.column) == (case.file, line, column)]
    assert any(case.says in mistake.text for mistake in there), told
    assert len(found) == 1 or case.name in BREAKS_MORE, told


def test_no_list_is_wider_than_a_page() -> None:
    """What an editor looks for must be found by eye, and a change must be seen in a comparison."""
    rows = [
        (name, row) for name, content in gather(shipped()).items() for row in content.decode().splitlines()
    ]
    assert not [(name, row[:60]) for name, row in rows if len(row) > WIDEST and re.search(r"\[.*[,\]]$", row)]


def test_shipped_content_has_no_mistake(whole: Files) -> None:
    assert len(from_files(whole).offers) >= 5


# --- whole files -----------------------------------------------------------------------------


def whole_file(files: Files, name: str, content: bytes | None) -> Mistake:
    """Give a file this content (``None``: take it away) and return the one mistake of it."""
    if content is None:
        del files[name]
    else:
        files[name] = content
    (found,) = mistakes(files)
    assert found.file == name
    return found


@pytest.mark.parametrize("content", [b"", b"# nur ein Kommentar\n", b"---\n", b"\xef\xbb\xbf\n"])
def test_empty_file(files: Files, content: bytes) -> None:
    assert "leer" in whole_file(files, LINES, content).text


@pytest.mark.parametrize("name", layout.SINGLE_FILES)
def test_missing_file(files: Files, name: str) -> None:
    assert whole_file(files, name, None).text == "Diese Datei fehlt."


@pytest.mark.parametrize("name", layout.NEEDED)
def test_missing_topic_that_the_program_needs(files: Files, name: str) -> None:
    del files[f"general/{name}.yaml"], files[f"utterances/{name}.yaml"]
    assert any(m.file == f"general/{name}.yaml" and "braucht das Thema" in m.text for m in mistakes(files))


@pytest.mark.parametrize(
    ("name", "detail"), [(name, detail) for name, details in layout.NEEDED.items() for detail in details]
)
def test_missing_detail_that_the_program_needs(files: Files, name: str, detail: str) -> None:
    general = f"general/{name}.yaml"
    files[general] = re.sub(rb"(?m)^  %s:" % detail.encode(), b"  other:", files[general])
    assert any(m.file == general and f"„{detail}“ fehlt" in m.text for m in mistakes(files))


def test_what_the_program_calls_by_name_is_needed() -> None:
    called = re.compile(r"\b(bot|smalltalk|ABOUT_BOT\}|SMALL_TALK\})\.([a-z_]+)\"")
    spelt = {"ABOUT_BOT}": "bot", "SMALL_TALK}": "smalltalk"}
    found = {
        (spelt.get(topic, topic), detail)
        for path in sorted(Path(layout.__file__).parent.rglob("*.py"))
        for topic, detail in called.findall(path.read_text(encoding="utf-8"))
    }
    assert len(found) > 4
    assert found <= {(topic, detail) for topic, details in layout.NEEDED.items() for detail in details}


def test_lines_that_would_teach_another_topic(files: Files) -> None:
    topics = [
        name.removeprefix("offers/").removesuffix(".yaml") for name in files if name.startswith("offers/")
    ]
    one, other = topics[:2]
    file = f"utterances/{one}.yaml"
    files[file] = files[file].replace(f"topic: {one}".encode(), f"topic: {other}".encode(), 1)
    found = [m for m in mistakes(files) if m.file == file]
    assert found
    assert "muss heißen wie die Datei" in found[0].text


def test_no_offer_at_all(files: Files) -> None:
    for name in [name for name in files if name.startswith("offers/")]:
        del files[name]
    assert any(m.file == "offers" and "kein Angebot" in m.text for m in mistakes(files))


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("offer/neu.yaml", "gehört nicht hierher. Es gibt: off_topic.yaml"),
        ("notizen.yaml", "gehört nicht hierher"),
        ("offers/alt/zastex.yaml", "gehört nicht hierher"),
        ("offers/neu.yml", "muss auf „.yaml“ enden: in „offers/neu.yaml“ umbenennen"),
        ("wording.yml", "in „wording.yaml“ umbenennen"),
        ("offers/neu.YAML", "in „offers/neu.yaml“ umbenennen"),
        ("offers/neu.yaml.txt", "in „offers/neu.yaml“ umbenennen"),
        ("offers/Neu.yaml", "nur aus a–z, 0–9 und „_“: in „offers/neu.yaml“ umbenennen"),
        ("utterances/Prüfstelle Süd.yaml", "in „utterances/pruefstelle_sued.yaml“ umbenennen"),
        ("offers/zastex - Kopie.yaml", "Eine Kopie bitte löschen"),
    ],
)
def test_stray_file(files: Files, name: str, says: str) -> None:
    found = whole_file(files, name, b"topic: neu\n")
    assert says in found.text
    assert found.line == 0


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        (ZASTEX, "offers/Zastex.yaml"),
        (ZASTEX, "offers/zastexx.yaml"),
        (ZASTEX, "Offers/zastex.yaml"),
        (BOT, "general/Bot.yaml"),
        (ALARM_LINES, "utterances/Notruf.yaml"),
        ("off_topic.yaml", "off_topic.yml"),
        ("wording.yaml", "Wording.yaml"),
    ],
)
def test_file_called_wrongly_is_one_mistake(files: Files, name: str, instead: str) -> None:
    """Nothing that leans on the file is blamed: not its options, its utterances, nor that it is missing."""
    files[instead] = files.pop(name)
    (found,) = mistakes(files)
    assert found.file == instead


def test_huge_file(files: Files) -> None:
    assert "50 MB" in whole_file(files, ZASTEX, b"topic: " + b"x" * 50_000_000).text


@pytest.mark.parametrize("inside", [{}, {"zastex.yaml": b"topic: zastex\n"}])
def test_another_folder_is_one_mistake(whole: Files, inside: Files) -> None:
    """An empty one, or ``knowledge/offers`` instead of ``knowledge``."""
    (found,) = mistakes({**inside, "schema.json": whole["schema.json"]})
    assert "Hier liegt kein Inhalt" in found.text


def test_wrong_encoding(files: Files) -> None:
    content = files[ZASTEX].decode().encode("latin-1", "replace")
    found = whole_file(files, ZASTEX, content)
    assert "UTF-8" in found.text
    assert (found.line, found.column) == place(files[ZASTEX].decode("latin-1"), "[äöüßÄÖÜ]")


def test_alias_bomb(files: Files) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 30)]
    files[ZASTEX] = "\n".join(rows).encode()
    found = mistakes(files)
    assert {m.file for m in found} == {ZASTEX}
    assert any((m.line, m.column) == (2, 10) and "nicht erlaubt" in m.text for m in found)
    assert len(found) < 500


def test_depth_bomb(files: Files) -> None:
    files[ZASTEX] = b"topic: " + b"[" * 100_000
    assert all(m.file == ZASTEX for m in mistakes(files))


@pytest.mark.parametrize("content", [b"- a\n- b\n", b"nur Text\n", b"1\n"])
def test_file_that_is_no_group(files: Files, content: bytes) -> None:
    found = whole_file(files, ZASTEX, content)
    assert (found.line, found.column) == (1, 1)
    assert "eine Gruppe" in found.text


def test_utterances_of_an_unknown_topic(files: Files) -> None:
    found = whole_file(files, "utterances/zastexx.yaml", b"topic: zastexx\noverview: [Was ist das?]\n")
    assert (found.line, found.column) == (1, 1)
    assert "Meinten Sie „zastex“?" in found.text


def test_utterances_without_a_list(files: Files) -> None:
    assert "fehlt der Inhalt" in whole_file(files, LINES, b"topic: zastex\n").text


def test_utterances_under_a_misspelt_topic_are_one_mistake(files: Files) -> None:
    edit(files, LINES, "topic: zastex", "topic: zastexx")
    (found,) = mistakes(files)
    assert (found.file, found.text) == (LINES, "Das Thema „zastexx“ gibt es nicht. Meinten Sie „zastex“?")


def test_utterances_of_an_offer_that_is_missing_name_its_file(files: Files) -> None:
    found = whole_file(files, "utterances/neu.yaml", b"topic: neu\noverview: [Was ist das?]\n")
    assert "Es fehlt die Datei offers/neu.yaml." in found.text


@pytest.mark.parametrize(("name", "other"), [(ZASTEX, LINES), (LINES, ZASTEX)])
def test_what_lies_in_the_wrong_folder_is_one_mistake(files: Files, name: str, other: str) -> None:
    files[name] = files[other]
    (found,) = mistakes(files)
    assert found.file == name
    assert f"gehört in den Ordner {other.partition('/')[0]}/" in found.text


def test_topic_without_utterances(files: Files) -> None:
    assert "fehlen Äußerungen" in whole_file(files, LINES, None).text


def test_topic_in_two_folders(files: Files) -> None:
    files["general/zastex.yaml"] = b"topic: zastex\ntitle: Z\nsummary: z\nanswers: {overview: {text: z}}\n"
    assert [str(m) for m in mistakes(dict(sorted(files.items())))] == [
        "general/zastex.yaml:1:1: Das Thema „zastex“ gibt es schon in einem anderen Ordner."
    ]


def test_copied_offer_is_told_in_two_mistakes(files: Files) -> None:
    """That its id is not that of its file, and once that all its names lead elsewhere."""
    files["offers/zweite.yaml"], files["utterances/zweite.yaml"] = files[ZASTEX], files[LINES]
    found = mistakes(files)
    assert [m.file for m in found] == ["offers/zweite.yaml"] * 2
    assert "muss heißen wie die Datei" in found[0].text
    assert re.match(r"„ZASTEX“ heißt schon das Thema in offers/zastex.yaml \(ebenso „", found[1].text)


@pytest.mark.parametrize("name", sorted(layout.RESERVED))
def test_reserved_id(files: Files, name: str) -> None:
    text = f"topic: {name}\ntitle: Z\nsummary: z\nanswers: {{overview: {{text: z}}}}\n"
    files[f"general/{name}.yaml"] = text.encode()
    assert any("ist vergeben" in m.text and m.line == 1 for m in mistakes(files))


@pytest.mark.parametrize("schema", [b"{}", b"[]", b'{"$defs": {}, "x-wording": {}}', b"{", b"[" * 99_999])
def test_damaged_schema(files: Files, schema: bytes) -> None:
    assert whole_file(files, "schema.json", schema).line == 0


def test_both_of_two_missing_keys_are_named(files: Files) -> None:
    edit(files, ZASTEX, r"topic: zastex\ntitle: .*\n", "")
    assert [m.text.partition(".")[0] for m in mistakes(files)] == ["Hier fehlt „title“", "Hier fehlt „topic“"]


# --- all at once -----------------------------------------------------------------------------


def test_all_mistakes_come_in_one_run_and_in_order(files: Files) -> None:
    """Syntax, form and sense in six files; nothing that merely follows from them."""
    edit(files, ZASTEX, "email: .*", "email: keine")
    edit(files, ZASTEX, r"\nsummary:", "\nsumary: x\nsummary:")
    edit(files, "offers/zmi.yaml", r"\nsummary: ", "\nsummary: a: b: ")
    edit(files, "offers/asskomm.yaml", "source: .*", "source: zeitung")
    edit(files, BOT, r"options: \[bot\.offers", "options: [bot.ofers")
    edit(files, LINES, "overview:", "einleitung:")
    edit(files, "utterances/zmi.yaml", "overview:", 'overview:\n  - ""')
    edit(files, "wording.yaml", r"\nempty: .*", "")
    found = mistakes(files)
    assert found == sorted(found)
    assert [(m.file, re.sub(r"[.:(].*", "", m.text)) for m in found] == [
        (BOT, "Die Auswahl „bot"),
        ("offers/asskomm.yaml", "Die Quelle „zeitung“ gibt es nicht"),
        (ZASTEX, "Unbekannter Schlüssel „sumary“"),
        (ZASTEX, "„keine“ passt hier nicht"),
        ("offers/zmi.yaml", "Ein Doppelpunkt steht mitten im Text"),
        (LINES, "Den Abschnitt „einleitung“ gibt es hier nicht"),
        ("utterances/zmi.yaml", "Diese Zeile ist leer"),
        ("wording.yaml", "Der Satz „empty“ fehlt"),
    ]


def told(files: Files) -> list[str]:
    """Return the file and line of every mistake of ``files``."""
    return [f"{m.file}:{m.line}" for m in mistakes(files)]


def line_of(files: Files, file: str, at: str) -> str:
    return f"{file}:{place(files[file].decode(), at)[0]}"


def test_every_slip_of_a_file_is_told_and_what_is_wrong_beside_them(files: Files) -> None:
    """Slips in YAML, a wrong key, a number, an option: in one file, in one run."""
    edit(files, ZASTEX, "summary: ", "summary: a: ")
    edit(files, ZASTEX, "  - Opferstelle", "\t- Opferstelle")
    edit(files, ZASTEX, "source: .*", "source: zeitung")
    edit(files, ZASTEX, r'phones: \["(.*)"\]', 'phones: ["+49 351 855-2223]')
    edit(files, ZASTEX, "  services:", "  services")
    edit(files, ZASTEX, r"    contacts: \[office\]", "    contacts: [office]\n    options: [zmi.gone]")
    places = ("summary:", "- Opferstelle", "source: z", "phones:", r"  services\n", r"zmi\.gone")
    expected = {line_of(files, ZASTEX, at) for at in places}
    found = told(files)
    assert set(found) == expected
    assert len(found) == len(expected), "each once, and nothing that follows from them"


def test_what_was_cut_out_is_not_missing(files: Files) -> None:
    """A side, a card, a name and a source whose forms are wrong are there, for their own file and for all others."""
    edit(files, ZASTEX, "  overview:\n    text:", "  overvieww:\n    text:")
    edit(files, ZASTEX, "    organisation:", "    organization:")
    edit(files, "sources.yaml", 'date: ".*"', "date: gestern")
    edit(files, "concepts.yaml", r"  weapons:\n(?:    .*\n)+", "  weapons: keine\n")
    edit(files, "wording.yaml", "\nempty: .*", "\nempty: []")
    edit(files, ALARM_LINES, "despair:", "dispair:")
    edit(files, BOT, "  privacy:\n    label: .*", "  privacy:\n    labell: x")
    assert sorted(m.file for m in mistakes(files)) == sorted(
        [ZASTEX, ZASTEX, "sources.yaml", "concepts.yaml", "wording.yaml", ALARM_LINES, ALARM_LINES, BOT]
    )


def test_a_file_with_a_mistake_is_judged_like_the_others(files: Files) -> None:
    """And what leads to what it certainly lacks is told, too."""
    edit(files, "offers/zmi.yaml", 'postcode: ".*"', "postcode: 1")
    edit(files, "offers/zmi.yaml", "fields: \\[", "fields: [nothing, ")
    edit(files, "utterances/zmi.yaml", "services:", "servces:")
    edit(files, BOT, r"options: \[bot\.offers", "options: [zmi.gone")
    assert [m.text.partition("“")[0] for m in mistakes(files)] == [
        "Die Auswahl „zmi.gone",
        "Das Wortfeld „nothing",
        "„1",
        "Den Abschnitt „servces",
    ]


def test_keys_that_have_lost_their_place_together_are_one_mistake(files: Files) -> None:
    edit(files, "concepts.yaml", "\nconcepts:\n", "\n")
    first, second = mistakes(files)
    assert first.text.startswith("Hier fehlt „concepts“")
    assert "weitere Schlüssel gehören nicht hierher" in second.text


def test_a_misspelt_key_is_one_mistake(files: Files) -> None:
    edit(files, ZASTEX, r"    text: \|", "    texxt: |")
    edit(files, "wording.yaml", "\nempty:", "\nemptyy:")
    assert [(m.file, m.text.partition(".")[0]) for m in mistakes(files)] == [
        (ZASTEX, "Unbekannter Schlüssel „texxt“"),
        ("wording.yaml", "Den Satz „emptyy“ sagt der Bot nirgends"),
    ]


SLIPS = 24
"""Lines of each file that are spoilt in all ways."""


def slipped(row: str) -> Iterator[str]:
    """Yield ``row`` with what editors get wrong in it."""
    yield from (
        "\t" + row.lstrip(),
        row.replace(":", "", 1),
        row.replace(": ", ": a: ", 1),
        row.replace('"', "", 1),
    )


@pytest.mark.parametrize("file", [ZASTEX, BOT, LINES, "safety.yaml", "wording.yaml"])
def test_reading_on_behind_a_slip_invents_nothing(
    whole: Files, documents: dict[str, Document], file: str
) -> None:
    """One slip is one mistake in its file, in nearly all cases, and none in any other file."""
    schema, documents = json.loads(whole["schema.json"]), dict(documents)
    rows = whole[file].decode().split("\n")
    counts = []
    for number in random.Random(7).sample(range(len(rows)), min(SLIPS, len(rows))):
        for row in slipped(rows[number]):
            if row == rows[number] or not rows[number].strip() or rows[number].startswith("#"):
                continue
            documents[file] = read(file, "\n".join([*rows[:number], row, *rows[number + 1 :]]).encode())
            found = check.mistakes(documents, schema)
            assert {m.file for m in found} <= {file}, (row, found)
            assert len(found) <= 2, (row, found)
            counts.append(len(found))
    assert sum(count > 1 for count in counts) <= len(counts) / 10


def test_a_file_that_is_not_sound_breaks_no_reference(files: Files) -> None:
    """Every option, card and utterance of the ZASTEX stays unblamed while its file is broken."""
    files[ZASTEX] = b"topic: [\n"
    assert {m.file for m in mistakes(files)} == {ZASTEX}


# --- what passes can be said -----------------------------------------------------------------


SAMPLE = 16
"""Spoilt texts tried for each file; there are some 2,000 in all."""


def spoilt(text: str) -> Iterator[str]:
    """Yield ``text`` with each line lost, emptied or given another kind of value."""
    rows = text.splitlines(keepends=True)
    for number, row in enumerate(rows):
        before, after = "".join(rows[:number]), "".join(rows[number + 1 :])
        yield before + after
        key, colon, _ = row.partition(":")
        if colon and not key.lstrip().startswith(("-", "#")):
            for value in ("", " []", " {}", ' ""', " x", ' "{}"', " [x]"):
                yield f"{before}{key}:{value}\n{after}"


def say_everything(content: knowledge.Knowledge) -> None:
    """Say all that the content can say; raises whatever that raises."""
    answers = Answers(content)
    for topic in content.topics.values():
        questions = [question.id for question in content.vocabulary.questions]
        for detail in ["", *topic.details, *questions]:
            for aspect in (None, *Aspect):
                answers.answer(Intent(topic.id, aspect, detail))
        assert topic.contact is None or topic.contact.organisation
    offers = [offer.id for offer in content.offers]
    answers.both([Intent(offer, Aspect.CONTACT) for offer in offers[:2]], 1.0, "both")
    answers.clarify(offers, Aspect.CONTACT, 1.0)
    for alarm in content.safety.alarms.values():
        answers.relieved(alarm.next, alarm.over)
    for reply in (
        answers.offers(),
        answers.fallback("fallback", 1.0),
        answers.fallback_again(1.0),
        answers.broken(),
    ):
        assert reply.paragraphs


@pytest.mark.parametrize("file", [ZASTEX, BOT, "sources.yaml", "safety.yaml", "wording.yaml"])
def test_what_passes_can_be_said(whole: Files, documents: dict[str, Document], file: str) -> None:
    """Whatever line of a file is spoilt, the check names it or the bot copes with it."""
    schema = json.loads(whole["schema.json"])
    documents = dict(documents)
    passed = 0
    for text in random.Random(5).sample([*spoilt(whole[file].decode())], SAMPLE):
        documents[file] = read(file, text.encode())
        if check.mistakes(documents, schema):
            continue
        passed += 1
        tree = {n: d.value for n, d in documents.items() if layout.kind_of(n) != "utterances"}
        say_everything(from_tree(tree, "spoilt"))
    assert passed


def test_files_whose_name_only_looks_right_are_gathered(tmp_path: Path) -> None:
    (tmp_path / "schema.json").write_text("older")
    (tmp_path / ".#zmi.yaml").symlink_to("somebody@somewhere")
    for name in ("zmi.YAML", "zmi.yaml.txt", "zmi.yml", "notes.md", "zmi.yaml~", "._zmi.yaml"):
        (tmp_path / name).write_text("x")
    gathered = gather(tmp_path)
    assert sorted(gathered) == ["schema.json", "zmi.YAML", "zmi.yaml.txt", "zmi.yml"]
    assert gathered["schema.json"] == (shipped() / "schema.json").read_bytes()


def test_content_of_an_older_program_is_refused_by_name(files: Files) -> None:
    text = files["vocabulary.yaml"].decode()
    line = next(line for line in text.splitlines() if line.startswith("  opener:"))
    files["vocabulary.yaml"] = text.replace(line + "\n", "").encode()
    assert any(m.file == "vocabulary.yaml" and "opener" in m.text for m in mistakes(files))
