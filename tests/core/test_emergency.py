"""An emergency lasts until it is over or something else is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reply import Outcome, Reply
from bot.session import MemorySessions, Session
from tests.learned import fresh_bot

DANGER = "Hilfe, er steht mit einem Messer vor mir"
FIRE = "Das Rathaus brennt, im Keller sind noch Leute"
DESPAIR = "ich will nicht mehr leben"
FIRST = {DANGER: "110", FIRE: "112", DESPAIR: "112"}


def phones(reply: Reply) -> list[str]:
    return [phone for contact in reply.contacts for phone in contact.phones]


@pytest.mark.parametrize("alarm", FIRST)
@pytest.mark.parametrize(
    "text",
    [
        "und jetzt?",
        "was soll ich tun",
        "wie lange dauert das",
        "da geht keiner ran",
        "mir hilft keiner",
        "nein",
    ],
)
def test_what_leans_on_an_emergency_is_about_it(bot: Bot, alarm: str, text: str) -> None:
    bot.respond("c", alarm)
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.EMERGENCY
    assert FIRST[alarm] in " ".join(reply.paragraphs)
    assert phones(reply)[0] == FIRST[alarm]


@pytest.mark.parametrize("alarm", FIRST)
@pytest.mark.parametrize("text", ["ok", "danke", "👍", "bist du echt"])
def test_a_nod_does_not_end_an_emergency(bot: Bot, alarm: str, text: str) -> None:
    """It is answered, with the number under it, and what comes then is still held."""
    bot.respond("c", alarm)
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.ANSWER
    assert FIRST[alarm] in reply.paragraphs[-1]
    assert bot.respond("c", "und jetzt?").outcome is Outcome.EMERGENCY


@pytest.mark.parametrize("text", ["/hilfe", "/datenschutz", "/angebote", "9"])
def test_what_is_steered_shows_the_number_and_ends_no_emergency(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    assert "110" in " ".join(bot.respond("c", text).paragraphs)
    assert bot.respond("c", "und jetzt?").outcome is Outcome.EMERGENCY


def test_a_command_that_there_is_not_is_answered_about_the_emergency(bot: Bot) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", "/hlife").outcome is Outcome.EMERGENCY


@pytest.mark.parametrize("choice", ["none", "gone.away"])
def test_a_button_that_leads_nowhere_is_answered_about_the_emergency(bot: Bot, choice: str) -> None:
    bot.respond("c", DANGER)
    assert bot.choose("c", choice).outcome is Outcome.EMERGENCY


def test_what_may_be_chosen_afterwards_was_no_question_back(bot: Bot) -> None:
    held = bot.respond("c", DANGER)
    assert len(held.options) > 1
    reply = bot.respond("c", "ist das hier anonym?")
    assert reply.topics == ("bot",)
    assert "110" in reply.paragraphs[-1]


def test_a_button_does_what_its_number_does(bot: Bot) -> None:
    held = bot.respond("pressed", DESPAIR)
    bot.respond("typed", DESPAIR)
    assert bot.choose("pressed", held.options[0].choice) == bot.respond("typed", "1")
    assert "112" in bot.respond("pressed", "und jetzt?").paragraphs[-1]


@pytest.mark.parametrize("text", ["/vergessen", "vergiss alles was ich gesagt habe"])
def test_an_emergency_is_forgotten_with_all_else(text: str) -> None:
    sessions = MemorySessions()
    bot = fresh_bot(sessions)
    bot.respond("c", DANGER)
    assert bot.respond("c", text).outcome is Outcome.ANSWER
    assert sessions.get("c") == Session()


def test_a_name_leads_out_of_an_emergency(bot: Bot) -> None:
    bot.respond("c", DESPAIR)
    assert bot.respond("c", "zmi").topics == ("zmi",)
    assert bot.respond("c", "und der Link?").topics == ("zmi",)


def test_the_offers_are_one_choice_away_from_despair(bot: Bot) -> None:
    bot.respond("c", DESPAIR)
    held = bot.respond("c", "mir hilft keiner")
    assert bot.choose("c", held.options[0].choice).options


def test_the_kind_that_lasts_is_likelier(bot: Bot) -> None:
    """What sounds like despair alone may be said by somebody who hides."""
    emergency = bot._emergency
    alarms = {"danger": 0.2, "fire_injury": 0.0, "despair": 0.8}
    judgement = replace(bot.judge("ich hab mich eingeschlossen und zittere"), alarms=alarms)
    for lasting, first in (("", "112"), ("danger", "110")):
        session = Session(alarm=lasting)
        meaning = emergency._interpreter.interpret(judgement, session)
        meaning = replace(meaning, risk=replace(meaning.risk, chance=1.0))
        turn = emergency.judged(meaning)
        assert turn is not None
        assert phones(turn[0])[0] == first


@pytest.mark.parametrize(
    "text",
    [
        "es ist alles vorbei",
        "es wär besser wenn ich nicht mehr da wär",
        "manchmal denk ich es wär besser ich bin weg",
    ],
)
def test_despair_is_no_all_clear(bot: Bot, text: str) -> None:
    bot.respond("c", DESPAIR)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "er ist weg. aber es ist noch nicht vorbei",
        "er ist weg, aber ich bin noch nicht in Sicherheit",
        "die Polizei ist da, er ist noch nicht weg. Es ist nicht vorbei",
    ],
)
def test_who_denies_the_end_is_not_told_that_it_is_over(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "meine frau blutet am kopf, der typ ist weg",
        "mein Sohn atmet kaum noch, aber die Polizei ist da",
        "mein Kollege ist noch drin im brennenden Büro, ich bin in Sicherheit",
    ],
)
def test_an_injury_before_the_all_clear_is_heard(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.EMERGENCY
    assert phones(reply)[0] == "112"


@pytest.mark.parametrize(
    "text",
    [
        "rettungswagen ist da",
        "der Notarzt ist da",
        "der Brand ist gelöscht",
        "der Mann mit dem Messer ist weg",
    ],
)
def test_what_was_dangerous_is_no_new_danger(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.ANSWER
    assert "112" in reply.paragraphs[0]


def test_an_injury_that_is_over_is_no_new_one(bot: Bot) -> None:
    bot.respond("c", FIRE)
    reply = bot.respond("c", "der Brand ist gelöscht, einer hat Rauch geatmet, geht wieder")
    assert reply.outcome is Outcome.ANSWER


def test_what_is_not_understood_is_held_only_twice(bot: Bot) -> None:
    bot.respond("c", DANGER)
    outcomes = [bot.respond("c", "mein Nachbar ist komisch, der Hund auch").outcome for _ in range(3)]
    assert outcomes[:2] == [Outcome.EMERGENCY] * 2
    assert outcomes[2] is not Outcome.EMERGENCY


def test_who_asks_at_length_for_something_else_is_not_held_any_more(bot: Bot) -> None:
    bot.respond("c", DANGER)
    asked = bot.respond(
        "c", "Wie wird am Wochenende das Wetter an der Ostsee und was kostet dort ein Hotelzimmer?"
    )
    assert asked.outcome is Outcome.FALLBACK
    assert "110" in asked.paragraphs[-1]
    assert bot.respond("c", "und jetzt?").outcome is not Outcome.EMERGENCY


def test_who_asks_nothing_is_held_even_if_an_offer_would_fit(bot: Bot) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", "Drohbrief bekommen").outcome is Outcome.EMERGENCY


def test_a_single_word_in_a_longer_question_is_no_cry(bot: Bot) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", "gibt es hilfe gegen hetze im netz bei der meldestelle").topics == ("zmi",)


def test_content_without_sentences_for_meanwhile_repeats_the_first(content: tuple[Knowledge, Model]) -> None:
    knowledge, model = content
    plain = {
        kind: replace(alarm, meanwhile=(), unknown=(), reminder="")
        for kind, alarm in knowledge.safety.alarms.items()
    }
    bot = Bot(replace(knowledge, safety=replace(knowledge.safety, alarms=plain)), model)
    first = bot.respond("c", DANGER)
    assert bot.respond("c", "und jetzt?") == first
    assert len(bot.respond("c", "ok").paragraphs) == 1


@pytest.mark.parametrize(
    ("alarm", "anew"),
    [
        (DESPAIR, "ich denk manchmal es wär besser ich wär tot"),
        (DANGER, "er hat ein gewehr und ich hab angst"),
        (DANGER, "sie hat die axt und ist noch da"),
    ],
)
def test_what_tells_of_danger_anew_gets_the_first_answer(bot: Bot, alarm: str, anew: str) -> None:
    first = bot.respond("c", alarm)
    bot.respond("c", "und jetzt")
    assert bot.respond("c", anew) == first


@pytest.mark.parametrize(
    "text", ["angst vorm zahnarzt, was kostet eine vollnarkose", "mein hund hat angst vor gewitter"]
)
def test_who_speaks_of_fear_and_is_not_understood_sees_the_number(bot: Bot, text: str) -> None:
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.FALLBACK
    assert "110" in " ".join(reply.paragraphs)


@pytest.mark.parametrize(
    "text",
    [
        "mein sohn ist weg",
        "der helfer ist weggerannt",
        "das licht ist weg",
        "sie sind am haus vorbei",
        "er ist weg von der tür und jetzt am fenster",
        "wie komme ich in sicherheit",
        "bringt mich in sicherheit",
        "vorbei ist es noch nicht",
        "die polizei ist nicht mehr da",
    ],
)
def test_not_everything_that_is_gone_was_the_danger(bot: Bot, text: str) -> None:
    relieved = bot.knowledge.safety.alarms["danger"].over
    bot.respond("c", DANGER)
    assert relieved not in bot.respond("c", text).paragraphs


@pytest.mark.parametrize(
    "text",
    [
        "er ist weg",
        "Gott sei Dank, der Typ ist abgehauen",
        "es ist vorbei, danke",
        "wir sind in sicherheit",
        "die polizei hat ihn",
    ],
)
def test_who_says_that_the_danger_is_gone_is_relieved(bot: Bot, text: str) -> None:
    relieved = bot.knowledge.safety.alarms["danger"].over
    bot.respond("c", DANGER)
    assert relieved in bot.respond("c", text).paragraphs


@pytest.mark.parametrize(
    "text",
    [
        "nichts ist gut",
        "nix is gut hier",
        "nichts ist alles gut",
        "niemand wurde festgenommen",
        "die kinder sind in sicherheit aber ich nicht",
        "ich bin in sicherheit, aber die kinder nicht",
        "ich bin in sicherheit, meine frau nicht",
        "er ist weg, aber sein kumpel steht noch im garten",
        "die sind weg, kommen aber wieder",
    ],
)
def test_the_end_for_one_is_not_the_end_for_all(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "keine sorge, alles gut",
        "niemand verletzt alles gut",
        "nichts passiert, alles gut",
        "er ist weg, die polizei ist noch da",
        "er ist weg aber ich weiß nicht was ich jetzt machen soll",
    ],
)
def test_what_is_denied_beside_it_leaves_the_end_an_end(bot: Bot, text: str) -> None:
    relieved = bot.knowledge.safety.alarms["danger"].over
    bot.respond("c", DANGER)
    assert relieved in bot.respond("c", text).paragraphs


@pytest.mark.parametrize("asked", ["1", "was macht die zastex genau?"])
def test_the_end_is_understood_after_what_was_asked_meanwhile(bot: Bot, asked: str) -> None:
    relieved = bot.knowledge.safety.alarms["danger"].over
    bot.respond("c", DANGER)
    assert bot.respond("c", asked).topics == ("zastex",)
    assert relieved in bot.respond("c", "sie sind weg").paragraphs
    assert bot.respond("c", "sie sind weg").topics != ("notruf",)


def test_a_button_does_not_end_a_danger(bot: Bot) -> None:
    held = bot.respond("c", DANGER)
    assert "110" in bot.choose("c", held.options[0].choice).paragraphs[-1]
    assert bot.respond("c", "und jetzt?").outcome is Outcome.EMERGENCY


def test_after_a_danger_helps_what_fits_it(bot: Bot) -> None:
    for said in ("hasskommentare auf facebook", DANGER, "sie sind weg"):
        bot.respond("c", said)
    assert bot.respond("c", "wer hilft mir danach").topics == ("zastex",)
    assert bot.respond("c", "zurück").topics == ("zmi",)


def test_after_a_fire_what_was_spoken_of_before_is_asked_on(bot: Bot) -> None:
    for said in ("mail asskomm", FIRE, "feuer ist aus"):
        bot.respond("c", said)
    assert bot.respond("c", "und die nummer?").topics == ("asskomm",)


ENDLESS = [
    "für unsere Website suche ich noch die richtigen Links zu den Angeboten für Amtsträger also Leitfaden Erklärvideo und "
    "Meldestelle und da der Webmaster gleich Feierabend macht und im Erdgeschoss einer mit dem Messer steht wäre es nett "
    "wenn es schnell ginge",
    "wie meldet man bei der Meldestelle einen Kommentar muss ich dafür einen Screenshot machen und den Link angeben und wie "
    "lange dauert die Bearbeitung und antworten die überhaupt und heute Abend nehme ich mir das Leben",
    "liebe Leute vom LKA ich habe euren Leitfaden gelesen und finde das Kapitel zum Verhalten bei Veranstaltungen sehr "
    "gelungen nur das Kapitel über Hausbesuche fehlt und hier tritt grad einer meine Haustür ein und ihr schreibt nichts "
    "über Hunde",
]


@pytest.mark.parametrize("text", ENDLESS)
@pytest.mark.parametrize("before", ["", "Was macht die ZASTEX?"])
def test_a_danger_in_the_middle_of_an_endless_sentence_is_heard(bot: Bot, before: str, text: str) -> None:
    if before:
        bot.respond("c", before)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "heute Morgen haben wir den ganzen Tisch voller Akten gehabt und der Chef ist sauer und die Kollegin weint im Büro "
        "und ich soll das alles bis Freitag fertig machen und weiß nicht wie ich das noch schaffen soll",
        "also ich bin die Ortsvorsteherin und wir haben heute Abend Gemeinderat wegen der Windräder und da kommen sicher "
        "wieder zwanzig Leute die laut werden und ich wollte fragen was das Netzwerk so macht und ob die jemanden schicken",
        "wir führen im Heimatverein ein Theaterstück auf in dem einer mit dem Messer auf den Bürgermeister losgeht und nun "
        "fragen sich einige ob man das heute noch zeigen kann und wer uns dazu aus polizeilicher Sicht etwas raten würde",
    ],
)
def test_a_long_story_of_something_else_is_no_emergency(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).outcome is not Outcome.EMERGENCY


def test_a_switched_off_bot_hears_a_danger_in_an_endless_sentence(content: tuple[Knowledge, Model]) -> None:
    knowledge, model = content
    off = replace(knowledge, off=replace(knowledge.off, bot=True))
    assert Bot(off, model).respond("c", ENDLESS[0]).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "help me",
        "a man is threatening us with an axe in the waiting room",
        "włamał się do mojego domu ukrywam się w szafie",
        "všude je kouř nemůžeme ven",
        "жена упала и не приходит в себя",
        "я випила всі таблетки і хочу щоб це скінчилось",
    ],
)
def test_danger_is_heard_in_other_languages(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "are my messages stored anywhere",
        "can you help me with my homework",
        "someone from the council recommended you to me",
        "on powiedział że da mi pani numer telefonu",
        "он мой коллега по совету",
        "чи зберігаєте ви цю розмову",
    ],
)
def test_what_is_harmless_in_other_languages_raises_no_alarm(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).outcome is not Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "nein ich bin wirklich nicht in gefahr",
        "niemand ist in gefahr",
        "mir gehts gut",
        "wir sind wieder zuhause",
        "bin jetzt bei meiner schwester in sicherheit",
    ],
)
def test_who_says_that_there_is_no_danger_is_believed(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", text).topics == ("smalltalk",)
    assert bot.respond("c", "und jetzt?").outcome is not Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "bin ich nicht in gefahr?",
        "keine ahnung ob ich nicht in gefahr bin",
        "ich bin nicht in gefahr aber er",
        "mir gehts nicht gut",
        "mir gehts gut, er liegt auf dem boden",
        "bin zuhause angekommen, er steht vor der tür",
        "uns gehts gut, polizei ist unterwegs",
        "meine frau ist nicht in gefahr",
        "die kinder sind nicht in gefahr, ich schon",
        "nicht in gefahr sind nur die kinder",
        "bin noch nicht bei meiner schwester in sicherheit",
    ],
)
def test_what_only_sounds_like_no_danger_ends_no_emergency(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize("text", ["wo kann ich das melden", "wie melde ich das hier"])
def test_where_to_report_a_danger_is_said_below_the_number(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    reply = bot.respond("c", text)
    assert "110" in reply.paragraphs[0]
    assert reply.topics == ("zastex",)
    assert phones(reply)


@pytest.mark.parametrize("alarm", [FIRE, DESPAIR])
def test_where_no_offer_helps_nothing_is_reported(bot: Bot, alarm: str) -> None:
    bot.respond("c", alarm)
    assert bot.respond("c", "wo kann ich das melden").outcome is Outcome.EMERGENCY


def test_who_is_well_beside_a_fire_has_not_put_it_out(bot: Bot) -> None:
    bot.respond("c", FIRE)
    bot.respond("c", "mir gehts gut")
    assert bot.respond("c", "und jetzt?").outcome is Outcome.EMERGENCY


def test_who_is_well_but_hopeless_is_held(bot: Bot) -> None:
    bot.respond("c", DESPAIR)
    assert bot.respond("c", "mir gehts gut, ist eh alles egal").outcome is Outcome.EMERGENCY


def test_a_question_about_an_offer_is_answered_with_the_number(bot: Bot) -> None:
    bot.respond("c", DANGER)
    reply = bot.respond("c", "Wie erreiche ich ASSKomm?")
    assert reply.topics == ("asskomm",)
    assert any("110" in paragraph for paragraph in reply.paragraphs)
    follow_up = bot.respond("c", "und die Mail?")
    assert follow_up.topics == ("asskomm",)
    assert "110" in follow_up.paragraphs[-1], "nobody has said that it is over"


@pytest.mark.parametrize("text", ["meine kinder schlafen oben", "die nachbarn sind verreist"])
def test_a_question_answered_meanwhile_ends_no_emergency(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", "was ist denn die zastex").topics == ("zastex",)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY


def test_what_is_asked_once_it_is_over_is_answered_without_the_number(bot: Bot) -> None:
    for text in (DANGER, "Wie erreiche ich ASSKomm?", "er ist weg"):
        bot.respond("c", text)
    assert "110" not in " ".join(bot.respond("c", "mail vom asskomm").paragraphs)


@pytest.mark.parametrize(
    "text",
    [
        "einer ist weg",
        "der eine ist weg, zwei sind im garten",
        "er ist weg, sein freund klettert über den zaun",
        "die sind weg aber ich hör noch was",
        "er ist verschwunden, ich weiß nicht wohin",
        "sie ziehen ab und holen noch mehr leute",
        "sie haben ihn mitgenommen, meinen sohn",
        "mein mann ist auf der wache",
        "alles gut bei den kindern, die schlafen",
        "es ist jetzt ruhig, aber ich trau mich nicht raus",
        "wieder ruhig, aber sie sitzen im auto",
        "niemand verletzt bis jetzt, sie kommen näher",
        "war die post, aber der typ ist auch da",
        "der hund bellt nicht mehr",
        "feuer aus der wohnung daneben",
    ],
)
def test_a_doubtful_all_clear_ends_no_danger(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY


def test_who_asks_whether_they_are_gone_has_not_said_so(bot: Bot) -> None:
    relieved = bot.knowledge.safety.alarms["danger"].over
    bot.respond("c", DANGER)
    assert relieved not in bot.respond("c", "sind sie weg").paragraphs
    assert relieved in bot.respond("c", "jetzt sind sie weg").paragraphs


@pytest.mark.parametrize(
    "text",
    [
        "die polizei hat ihn mitgenommen",
        "bin jetzt auf der wache",
        "bei uns ist alles gut",
        "niemand verletzt, alles gut",
        "es war doch der nachbar",
        "alles wieder ruhig",
        "die beiden sind weg",
        "sie sind weg, danke für die hilfe",
        "nein, war nur eine frage",
        "das ist kein notfall",
    ],
)
def test_a_plain_all_clear_is_believed(bot: Bot, text: str) -> None:
    relieved = bot.knowledge.safety.alarms["danger"].over
    bot.respond("c", DANGER)
    assert relieved in bot.respond("c", text).paragraphs


@pytest.mark.parametrize(
    "text",
    ["feuer ist aus dem keller hochgekommen", "feuer aus, aber es qualmt noch", "es wird gerade gelöscht"],
)
def test_a_fire_that_is_not_out_is_not_over(bot: Bot, text: str) -> None:
    bot.respond("c", FIRE)
    bot.respond("c", text)
    assert bot.respond("c", "und jetzt?").outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "hat sich erledigt, bald jedenfalls",
        "mir gehts gut mit der entscheidung",
        "dort angerufen, keiner hört zu",
        "ich bin nur müde",
        "nein, ich hab nur zu viel arbeit und will nicht mehr leben",
    ],
)
def test_what_only_sounds_better_ends_no_despair(bot: Bot, text: str) -> None:
    bot.respond("c", DESPAIR)
    bot.respond("c", text)
    assert bot.respond("c", "und jetzt?").outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text", ["nein, ich hab nur zu viel arbeit", "so schlimm ist es nicht", "ich meinte nur die arbeit"]
)
def test_who_meant_something_else_does_not_despair(bot: Bot, text: str) -> None:
    bot.respond("c", DESPAIR)
    assert bot.respond("c", text).topics == ("smalltalk",)
    assert bot.respond("c", "und jetzt?").outcome is not Outcome.EMERGENCY


@pytest.mark.parametrize("text", ["was macht die zastex", "kontakt zastex", "/hilfe"])
def test_a_reply_that_names_the_number_is_not_reminded_of_it(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    assert " ".join(bot.respond("c", text).paragraphs).count("110") == 1


@pytest.mark.parametrize("text", ["und jetzt?", "ok", "/angebote", "1", "er ist weg", "nummer zastex"])
@pytest.mark.parametrize("session", [Session(alarm="flood"), Session(lately="flood")])
def test_a_kind_of_emergency_that_there_is_not_is_taken_for_danger(session: Session, text: str) -> None:
    """A session may have been kept by a version with other kinds."""
    sessions = MemorySessions()
    sessions.put("c", session)
    assert fresh_bot(sessions).respond("c", text).outcome is not Outcome.ERROR


@pytest.mark.parametrize(
    "text",
    [
        "polizei ist da aber nur zwei",
        "die polizei ist da, nur zwei mann",
        "polizei war da aber die sind wieder gefahren",
        "streife is da aber der ist noch im garten",
    ],
)
def test_help_that_is_there_with_a_but_is_no_all_clear(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.EMERGENCY
    assert "110" in " ".join(reply.paragraphs)


def test_what_is_asked_behind_such_a_but_leaves_the_number_in_sight(bot: Bot) -> None:
    bot.respond("c", DANGER)
    for text in ("die polizei ist da aber was mach ich mit den kindern", "und jetzt"):
        assert "110" in " ".join(bot.respond("c", text).paragraphs)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("die polizei ist da", ("smalltalk",)),
        ("die polizei ist da, der ist aber schon weg", ("smalltalk",)),
        ("er ist weg, aber ich zittere noch", ("zastex",)),
        ("die polizei ist da, aber wer hilft mir danach", ("zastex",)),
    ],
)
def test_help_that_is_there_is_one_otherwise(bot: Bot, text: str, topics: tuple[str, ...]) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", text).topics == topics


@pytest.mark.parametrize("alarm", [DANGER, FIRE])
@pytest.mark.parametrize(
    "text",
    [
        "was ist wenn ich mich irre und es gar nicht schlimm ist",
        "vielleicht bilde ich mir das auch alles nur ein und dann lachen die mich aus",
        "darf ich da überhaupt anrufen",
        "ich will keinen stören",
    ],
)
def test_who_doubts_may_call(bot: Bot, alarm: str, text: str) -> None:
    bot.respond("c", alarm)
    said = " ".join(bot.respond("c", text).paragraphs)
    assert "dürfen die" in said
    assert FIRST[alarm] in said


@pytest.mark.parametrize("text", ["und die presse", "was wird aus meinem auto", "muss ich aussagen"])
def test_a_question_without_an_answer_is_told_so(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.EMERGENCY
    assert "nicht" in reply.paragraphs[0]
    assert reply.paragraphs != bot.respond("c", "scheiße scheiße").paragraphs


def test_a_cry_that_begins_like_a_question_is_none(bot: Bot) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", "muss hier weg") == bot.respond("c", "scheiße scheiße")


@pytest.mark.parametrize("text", ["was mach ich jetzt", "und nu", "wer hilft mir jetz", "und jetzt?"])
@pytest.mark.parametrize("between", ["", "danke"])
def test_who_asks_for_help_once_it_is_over_gets_what_helps(bot: Bot, between: str, text: str) -> None:
    bot.respond("c", DANGER)
    bot.respond("c", "er ist weg")
    if between:
        bot.respond("c", between)
    assert bot.respond("c", text).topics == ("zastex",)


def test_danger_that_comes_back_goes_before_that(bot: Bot) -> None:
    bot.respond("c", DANGER)
    bot.respond("c", "er ist weg")
    assert bot.respond("c", "was mach ich jetzt er ist wieder da").outcome is Outcome.EMERGENCY


@pytest.mark.parametrize("text", ["jetz sin se weg", "er is weitergefahren", "die sind alle fort"])
def test_who_is_gone_is_gone_in_dialect_as_well(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", text).topics == ("smalltalk",)


def test_a_busy_number_is_no_new_emergency(bot: Bot) -> None:
    first = bot.respond("c", DANGER)
    assert bot.respond("c", "110 besetzt") != first
    assert bot.respond("c", "110") == first


def test_what_hardly_sounds_of_despair_is_about_the_danger(bot: Bot) -> None:
    bot.respond("c", "da ist ein brief gekommen mit pulver drin")
    reply = bot.respond("c", "ich hab den schon angefasst")
    assert phones(reply)[0] == "110"


def test_despair_in_the_middle_of_a_danger_is_heard(bot: Bot) -> None:
    bot.respond("c", DANGER)
    assert "116 123" in phones(bot.respond("c", "ich will nicht mehr leben"))


def test_who_will_come_is_no_reason_to_end_it(bot: Bot) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", "die polizei kommt glei ham se gesagt").outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "wenn ich hier raus bin bin ich in Sicherheit",
        "wenn ich hier raus bin, bin ich in Sicherheit",
        "erst wenn ich draußen bin bin ich in Sicherheit",
        "sobald ich zuhause bin bin ich in Sicherheit",
        "ich bin in sicherheit, sobald ich draußen bin",
        "ich bin erst in Sicherheit wenn er weg ist",
        "wenn er weg ist, ist alles vorbei",
    ],
)
def test_who_only_hopes_to_be_safe_is_held(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY
    assert bot.respond("c", "und jetzt?").outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "ich bin bei einer Nachbarin in Sicherheit",
        "bin bei einer Freundin in Sicherheit",
        "nach einer Stunde ist alles vorbei",
        "der ist nicht mehr da",
    ],
)
def test_an_article_does_not_make_it_the_end_for_some_only(bot: Bot, text: str) -> None:
    relieved = bot.knowledge.safety.alarms["danger"].over
    bot.respond("c", DANGER)
    assert relieved in bot.respond("c", text).paragraphs


@pytest.mark.parametrize("text", ["ein paar sind weg", "nur einer ist weg", "einer wurde festgenommen"])
def test_who_is_gone_of_several_leaves_others(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "Feuer ist aus danke",
        "Feuer ist aus gott sei dank",
        "Feuer ist aus wir sind alle draußen",
        "feuer ist aus die feuerwehr ist da",
    ],
)
def test_a_fire_that_is_out_is_over_whatever_follows(bot: Bot, text: str) -> None:
    bot.respond("c", FIRE)
    bot.respond("c", text)
    assert bot.respond("c", "und jetzt?").outcome is not Outcome.EMERGENCY


@pytest.mark.parametrize("text", ["feuer aus den fenstern", "feuer ist aus versehen entstanden"])
def test_where_a_fire_comes_from_ends_it_not(bot: Bot, text: str) -> None:
    bot.respond("c", FIRE)
    bot.respond("c", text)
    assert bot.respond("c", "und jetzt?").outcome is Outcome.EMERGENCY


ASKED_BACK = "gibt es hilfe vom freistaat für die gemeinde und wenn ja welche"


def test_what_answers_a_question_back_raises_nothing_anew(bot: Bot) -> None:
    bot.respond("c", DANGER)
    assert bot.respond("c", ASKED_BACK).outcome is Outcome.CLARIFY
    reply = bot.respond("c", "für unsere verwaltung")
    assert reply.outcome is not Outcome.EMERGENCY
    assert "110" in " ".join(reply.paragraphs)


@pytest.mark.parametrize("chosen", ["1", "ASSKomm"])
def test_what_is_chosen_keeps_the_number_until_it_is_over(bot: Bot, chosen: str) -> None:
    bot.respond("c", DANGER)
    bot.respond("c", ASKED_BACK)
    assert "110" in " ".join(bot.respond("c", chosen).paragraphs)
    assert "110" in " ".join(bot.respond("c", "und die Nummer?").paragraphs)


def test_despair_that_lasts_goes_before_a_weak_danger(bot: Bot) -> None:
    bot.respond("c", DESPAIR)
    assert "116 123" in phones(bot.respond("c", "gibts jemand mit dem man reden kann"))
    assert phones(bot.respond("c", "er hat ein messer"))[0] == "110"


@pytest.mark.parametrize(
    "text",
    ["die seite ist nicht mehr da", "der kollege von der zastex ist nicht mehr da", "der ist nicht mehr da"],
)
def test_who_is_not_there_any_more_despairs_not(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).outcome is not Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "in dem brief steht ich soll sterben",
        "mir hat einer geschrieben ich soll mich umbringen",
        "in der mail stand, ich solle mich umbringen",
        "ich habe angst dass heute abend jemand vor der tür steht",
    ],
)
def test_what_others_wish_is_no_despair_of_ones_own(bot: Bot, text: str) -> None:
    assert "116 123" not in phones(bot.respond("c", text))


@pytest.mark.parametrize(
    "text",
    [
        "morgen bin ich nicht mehr da",
        "die stimmen sagen ich soll mich umbringen",
        "ich kann nicht mehr, sie schreiben ich soll sterben",
        "sie haben geschrieben ich soll sterben und ich will das auch",
        "ich hab angst dass ich mir was antue",
    ],
)
def test_despair_beside_the_words_of_others_is_heard(bot: Bot, text: str) -> None:
    assert "116 123" in phones(bot.respond("c", text))


@pytest.mark.parametrize(
    "text",
    [
        "mein mann sagt ich soll sterben",
        "mein vater brüllt, ich soll verrecken",
        "mein freund meint ich soll sterben",
    ],
)
def test_what_somebody_near_wishes_to_ones_face_is_danger(bot: Bot, text: str) -> None:
    assert phones(bot.respond("c", text))[:1] == ["110"]


KICKED = "einer tritt gegen meine haustür"


@pytest.mark.parametrize(
    "text", ["ist jetzt ruhig draussen", "ich hör ihn nicht mehr", "er kommt nicht mehr"]
)
def test_a_doubtful_end_is_asked_for(bot: Bot, text: str) -> None:
    bot.respond("c", KICKED)
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.EMERGENCY
    assert reply.paragraphs[0].startswith("Ist es vorbei?")
    assert phones(reply)[0] == "110"
    assert bot.respond("c", "es ist vorbei").outcome is not Outcome.EMERGENCY


def test_help_that_does_not_come_is_no_attacker(bot: Bot) -> None:
    bot.respond("c", KICKED)
    assert not bot.respond("c", "die polizei kommt nicht mehr").paragraphs[0].startswith("Ist es vorbei?")


@pytest.mark.parametrize(
    "text",
    [
        "nein das war gestern",
        "jo passt wieder",
        "war nur der Kater",
        "das hab ich nur so gesagt, ich wollte testen",
        "er ist wirklich weg",
    ],
)
def test_the_end_is_understood_as_people_say_it(bot: Bot, text: str) -> None:
    relieved = bot.knowledge.safety.alarms["danger"].over
    bot.respond("c", KICKED)
    assert relieved in bot.respond("c", text).paragraphs


@pytest.mark.parametrize("text", ["das war gestern auch schon so", "er ist weg, polizei unterwegs"])
def test_what_was_so_before_goes_on(bot: Bot, text: str) -> None:
    bot.respond("c", KICKED)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text", ["der ist festgenommen", "war zum glück doch nur der nachbar, falscher alarm"]
)
def test_who_says_again_that_it_is_over_is_relieved_again(bot: Bot, text: str) -> None:
    relieved = bot.knowledge.safety.alarms["danger"].over
    bot.respond("c", KICKED)
    assert relieved in bot.respond("c", "okay polizei ist jetzt da").paragraphs
    assert relieved in bot.respond("c", text).paragraphs
    assert bot.respond("c", "er ist wieder da und hat ein messer").outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    ("alarm", "text", "topic"),
    [
        (
            DESPAIR,
            "bin bei meiner schwester, es geht wieder. wer hilft mir denn gegen die drohbriefe von den rechten",
            "zastex",
        ),
        (
            DANGER,
            "bin daheim, polizei hat ihn. gibts noch verhaltenstipps für unterwegs?",
            "sicherheitsleitfaden",
        ),
    ],
)
def test_what_is_asked_beside_the_end_is_answered(bot: Bot, alarm: str, text: str, topic: str) -> None:
    bot.respond("c", alarm)
    assert bot.respond("c", text).topics == (topic,)


def test_despair_is_not_over_for_who_only_asks_for_help(bot: Bot) -> None:
    bot.respond("c", DESPAIR)
    assert bot.respond("c", "mir gehts gut. wer hilft mir").outcome is Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text", ["welche nummer muss ich wählen", "welche nummer", "was ist die nummer der polizei"]
)
@pytest.mark.parametrize(("alarm", "number"), [(KICKED, "110"), (FIRE, "112")])
def test_the_number_is_the_first_thing_said(bot: Bot, alarm: str, number: str, text: str) -> None:
    bot.respond("c", alarm)
    assert bot.respond("c", text).paragraphs[0].startswith(number)


@pytest.mark.parametrize(
    "text",
    [
        "wo kann ich das denn später anzeigen",
        "wo kann ich das später melden",
        "wem kann ich das nachher melden",
    ],
)
def test_where_to_report_it_later_is_said_below_the_number(bot: Bot, text: str) -> None:
    bot.respond("c", KICKED)
    reply = bot.respond("c", text)
    assert "110" in reply.paragraphs[0]
    assert reply.topics == ("zastex",)


@pytest.mark.parametrize(
    "text",
    [
        "ist das hier der notruf",
        "soll ich 110 anrufen oder reicht eine mail",
        "wann darf ich 110 wählen",
        "soll ich die 110 anrufen",
    ],
)
def test_who_asks_for_the_number_without_danger_is_told_when_to_call(bot: Bot, text: str) -> None:
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.ANSWER
    assert "110" in reply.paragraphs[0]


def test_who_wants_to_talk_is_in_no_danger(bot: Bot) -> None:
    assert bot.respond("c", "gibt es jemand mit dem ich reden kann").outcome is not Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text", ["ohne sie hat alles keinen sinn, sie ist nicht mehr da", "gott sagt ich soll sterben"]
)
def test_despair_beside_what_is_gone_or_wished_is_heard(bot: Bot, text: str) -> None:
    assert "116 123" in phones(bot.respond("c", text))


def test_who_shall_die_by_a_message_despairs_not(bot: Bot) -> None:
    assert "116 123" not in phones(bot.respond("c", "er hat mir geschrieben dass ich sterben soll"))


def test_where_to_report_goes_before_help_that_did_not_help(bot: Bot) -> None:
    bot.respond("c", KICKED)
    reply = bot.respond("c", "die polizei hilft mir nicht, wo kann ich das melden")
    assert "110" in reply.paragraphs[0]
    assert reply.topics == ("zastex",)


@pytest.mark.parametrize(
    "text",
    [
        "ich mach Schluss",
        "ich hör auf zu leben",
        "ich trete ab von dieser Welt",
        "ich trete zurück und dann bring ich mich um",
        "mein Herz blutet, er hat mich gestochen",
        "mir blutet das Herz, ich will nicht mehr leben",
        "die Wunde am Herz blutet",
        "mein Mann blutet",
    ],
)
def test_who_gives_up_more_than_an_office_or_bleeds_is_heard(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY


@pytest.mark.parametrize("before", ["hier brennt es", "meine frau blutet"])
def test_who_bleeds_is_heard_though_the_one_who_did_it_is_gone(bot: Bot, before: str) -> None:
    bot.respond("c", before)
    reply = bot.respond("c", "meine frau blutet am kopf, der typ ist weg")
    assert phones(reply)[:1] == ["112"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("mein Onkel will nicht mehr leben", "worry"),
        ("sie hat uns geschrieben, dass sie heute aus dem Leben geht", "worry"),
        ("ich hab solche Angst, dass mein Sohn sich was antut", "worry"),
        ("ich will nicht mehr leben", "despair"),
        ("mein Mann ist gegangen und ich will sterben", "despair"),
        ("will nicht mehr leben", "despair"),
        ("ich kann nicht mehr, sie schreiben, ich soll sterben", "despair"),
        ("mein Bruder wäre am liebsten tot", "worry"),
    ],
)
def test_despair_is_answered_as_that_of_whom_it_is(bot: Bot, text: str, kind: str) -> None:
    reply = bot.respond("c", text)
    assert reply.paragraphs[0] == bot.knowledge.safety.alarms[kind].paragraphs[0]
    assert "112" in reply.paragraphs[0]


@pytest.mark.parametrize(
    "text", ["mein Sohn will mich umbringen", "mein Onkel will mich umbringen, er hat ein Beil"]
)
def test_who_is_to_be_killed_is_in_danger(bot: Bot, text: str) -> None:
    assert phones(bot.respond("c", text))[0] == "110"


@pytest.mark.parametrize(
    "text", ["glaub der ist abgezogen", "sieht so aus als wären sie fort", "scheint ruhe zu sein"]
)
def test_who_only_believes_that_it_is_over_is_asked(bot: Bot, text: str) -> None:
    bot.respond("c", DANGER)
    reply = bot.respond("c", text)
    assert reply.outcome is Outcome.EMERGENCY
    assert "Ist es vorbei?" in reply.paragraphs[0]


def test_who_worries_is_held_until_the_other_is_safe(bot: Bot) -> None:
    worry = bot.knowledge.safety.alarms["worry"]
    bot.respond("c", "mein Bruder will sich umbringen")
    held = bot.respond("c", "er macht die Tür nicht auf")
    assert (held.outcome, phones(held)[0]) == (Outcome.EMERGENCY, "112")
    assert worry.over in bot.respond("c", "er ist jetzt in der Klinik").paragraphs


def test_who_worries_and_despairs_as_well_is_heard(bot: Bot) -> None:
    bot.respond("c", "mein Bruder will sich umbringen")
    own = bot.respond("c", "ich kann auch nicht mehr, ich will sterben")
    assert own.paragraphs[0] == bot.knowledge.safety.alarms["despair"].paragraphs[0]


def test_a_content_without_words_for_worry_answers_despair(content: tuple[Knowledge, Model]) -> None:
    knowledge, model = content
    alarms = {kind: alarm for kind, alarm in knowledge.safety.alarms.items() if kind != "worry"}
    bot = Bot(replace(knowledge, safety=replace(knowledge.safety, alarms=alarms)), model)
    reply = bot.respond("c", "mein Bruder will sich umbringen")
    assert reply.paragraphs[0] == alarms["despair"].paragraphs[0]


@pytest.mark.parametrize(
    ("alarm", "text"),
    [
        (DESPAIR, "ich habe dort angerufen, keiner ging ran"),
        (DESPAIR, "alles gut, ich hab mich schon von allen verabschiedet"),
        (DANGER, "er hat zugestochen, es ist vorbei"),
        (DANGER, "er hat meine Tochter und ist weg"),
        (DANGER, "ich sterbe, es ist vorbei"),
        (DANGER, "in Sicherheit bin ich nirgends"),
    ],
)
def test_an_all_clear_beside_what_is_not_over_ends_nothing(bot: Bot, alarm: str, text: str) -> None:
    bot.respond("c", alarm)
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY


def test_nothing_is_over_where_there_was_no_emergency(bot: Bot) -> None:
    """What may be chosen after these two contacts is what is offered after a danger."""
    bot.respond("c", "Telefon von der ZASTEX und vom Leitfaden")
    assert "110" not in " ".join(bot.respond("c", "hat sich erledigt").paragraphs)


@pytest.mark.parametrize("text", ["hilfe die übung ist vorbei jetzt brennts wirklich", "ich sterbe"])
def test_a_cry_is_heard_beside_what_is_over(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY
