"""A reply as plain text and as HTML."""

from __future__ import annotations

import io

from rich.console import Console

from adapters.console import Terminal
from adapters.render import Labels, german_date, phone_url
from adapters.render import plain as rendered
from bot.dialogue import Bot
from bot.reply import Contact, Link, Option, Outcome, Reply, Source
from tests.content import html, plain

CARD = Contact(
    organisation="Landeskriminalamt Sachsen",
    unit="Zentralstelle",
    street="Neuländer Straße 60",
    postcode="01129",
    city="Dresden",
    phones=("+49 351 855-2223",),
    fax="+49 351 855-2224",
    email="zastex.lka@polizei.sachsen.de",
    links=(Link("Auftritt", "https://example.org/?a=1&b=2"),),
    confirmed="2023-10-13",
)
REPLY = Reply(
    Outcome.ANSWER,
    ("Erster Absatz.", "Zweiter\nmit Zeile."),
    (CARD,),
    (Option("Kontakt", "zastex.contact"), Option("Nichts davon", "none")),
    Source("Leitfaden {x}", "Ministerium & Co.", "2023-10-13"),
)


def test_plain_text_says_everything_in_order() -> None:
    """Paragraphs, card, numbered options, source; the date stands there once."""
    assert plain(REPLY).split("\n\n") == [
        "Erster Absatz.",
        "Zweiter\nmit Zeile.",
        (
            "Landeskriminalamt Sachsen\nZentralstelle\nNeuländer Straße 60\n01129 Dresden\n"
            "Telefon: +49 351 855-2223\nFax: +49 351 855-2224\nE-Mail: zastex.lka@polizei.sachsen.de\n"
            "Auftritt: https://example.org/?a=1&b=2"
        ),
        "1. Kontakt\n2. Nichts davon",
        "Quelle: Leitfaden {x}, Ministerium & Co. · Stand: 13.10.2023",
    ]


def test_options_can_be_left_to_buttons() -> None:
    """Where buttons carry the options the text does not repeat them."""
    assert "1. Kontakt" not in plain(REPLY, options=False)
    assert "1. Kontakt" not in html(REPLY, options=False)
    assert "1. Kontakt" in html(REPLY, options=True)


def test_what_a_button_has_no_room_for_is_said_once() -> None:
    """A hint stands behind its number, or in a list where a button shows the label alone."""
    options = (Option("ZASTEX", "zastex", "Beratung & mehr"), Option("Nichts davon", "none"))
    reply = Reply(Outcome.CLARIFY, ("Welches?",), options=options)
    assert plain(reply) == "Welches?\n\n1. ZASTEX: Beratung & mehr\n2. Nichts davon"
    assert plain(reply, options=False) == "Welches?\n\n– ZASTEX: Beratung & mehr"
    assert html(reply, options=True) == "Welches?\n\n1. ZASTEX: Beratung &amp; mehr\n2. Nichts davon"
    assert html(reply, options=False) == "Welches?\n\n– ZASTEX: Beratung &amp; mehr"


def test_html_escapes_all_that_is_content() -> None:
    """Nothing of the content can become markup, nor leave an attribute."""
    evil = '<script>"&'
    reply = Reply(
        Outcome.ANSWER,
        (evil,),
        (
            Contact(
                evil, evil, evil, evil, evil, (evil + "1",), evil, evil, (Link(evil, "https://x/" + evil),)
            ),
        ),
        (Option(evil, "none"),),
        Source(evil, evil, evil),
    )

    shown = html(reply, options=True, contact_links=True)

    assert "<script" not in shown
    assert '"&' not in shown.replace("&quot;&amp;", "")
    assert 'href="https://x/&lt;script&gt;&quot;&amp;"' in shown


def test_html_links_numbers_only_on_request() -> None:
    """tel: and mailto: links are for platforms that keep them."""
    linked = html(REPLY, options=False, contact_links=True)

    assert 'Telefon: <a href="tel:+493518552223">+49 351 855-2223</a>' in linked
    assert 'E-Mail: <a href="mailto:zastex.lka@polizei.sachsen.de">' in linked
    assert "tel:" not in html(REPLY, options=False)
    assert '<a href="https://example.org/?a=1&amp;b=2">Auftritt</a>' in html(REPLY, options=False)


def test_links_other_than_the_web_stay_text() -> None:
    """A javascript: address is shown by its label and is no link."""
    reply = Reply(Outcome.ANSWER, ("x",), (Contact("o", links=(Link("hier", "javascript:1"),)),))

    assert html(reply, options=False) == "x\n\n<b>o</b>\nhier"


def test_line_breaks_are_the_platforms() -> None:
    """Telegram keeps newlines, Matrix needs <br>."""
    reply = Reply(Outcome.ANSWER, ("a\nb\r\nc", "d"))

    assert html(reply, options=True) == "a\nb\nc\n\nd"
    assert html(reply, options=True, line_break="<br>") == "a<br>b<br>c<br><br>d"


def test_a_younger_confirmation_is_said(bot: Bot) -> None:
    """A card confirmed later than its source says so."""
    reply = Reply(Outcome.ANSWER, (), (Contact("o", confirmed="2024-05-02"),), source=REPLY.source)

    assert "Stand der Angaben: 02.05.2024" in plain(reply)
    assert "Stand der Angaben: 02.05.2024" in html(reply, options=False)
    shown = io.StringIO()
    Terminal(bot, io.StringIO(), Console(file=shown)).show(reply)
    assert "Stand der Angaben: 02.05.2024" in shown.getvalue()


def test_an_empty_reply_is_empty() -> None:
    """No stray separators."""
    empty = Reply(Outcome.FALLBACK, ("", "  "))

    assert plain(empty) == html(empty, options=True) == ""


def test_numbers_become_dialable() -> None:
    """A trunk zero in brackets is dropped behind a country code only."""
    cases = {
        "+49 351 855-2223": "tel:+493518552223",
        "+49 (0)351 855": "tel:+49351855",
        "(0351) 855": "tel:0351855",
        "110": "tel:110",
        "keine": "",
    }

    assert cases == {number: phone_url(number) for number in cases}


def test_dates_are_german_if_they_are_dates() -> None:
    """What is no ISO date is shown as it is."""
    assert (german_date("2023-10-13"), german_date("Herbst")) == ("13.10.2023", "Herbst")


def test_labels_come_from_the_wording() -> None:
    """Every label is one line of the wording, placeholders kept."""
    labels = Labels.read(lambda key, **values: f"{key}<{','.join(values.values())}>")

    shown = rendered(REPLY, labels)

    assert "card_phone<+49 351 855-2223>" in shown
    assert "card_link<Auftritt,https://example.org/?a=1&b=2>" in shown
    assert "source<Leitfaden {x},Ministerium & Co.,13.10.2023>" in shown


def test_a_value_without_a_label_is_shown_nevertheless() -> None:
    """Content of another age may lack a word; its numbers must not be lost with it."""
    shown = rendered(REPLY, Labels.read(lambda key, **values: ""))

    for value in (*CARD.phones, CARD.fax, CARD.email, CARD.links[0].url, "13.10.2023"):
        assert value in shown
