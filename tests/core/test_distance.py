"""What is past, rehearsed, imagined or said of a thing is told from danger here and now."""

from __future__ import annotations

import pytest

from bot.dialogue import Bot
from bot.knowledge import Knowledge
from bot.matching.model import Model
from bot.reply import Outcome
from bot.safety.distance import Distance
from bot.text import Utterance, clean, fold


@pytest.fixture(scope="module")
def distance(content: tuple[Knowledge, Model]) -> Distance:
    return Distance(content[0].safety)


def folded(text: str) -> list[str]:
    return fold(text).split()


@pytest.mark.parametrize(
    "text",
    [
        "letzte Woche hat er mich angeschrien",
        "2019 hat mich einer geschlagen",
        "im Jahr 2019 hat mich einer geschlagen",
        "im Krimi ersticht er den Landrat",
        "bei der Übung lag einer auf dem Boden",
        "angenommen einer zieht ein Messer",
        "was tun, wenn jemand mit einer Waffe kommt",
        "unter dem Beitrag schreibt einer, ich soll brennen",
        "ich hab geträumt dass es brennt",
    ],
)
def test_a_frame_makes_it_distant(distance: Distance, text: str) -> None:
    assert distance.is_distant(folded(text))


@pytest.mark.parametrize(
    "text",
    [
        "er steht mit einem Messer vor mir",
        "letzte Woche kam ein Brief, jetzt steht er vor der Tür",
        "seit gestern liegt er auf dem Boden",
        "die Typen von gestern kommen den Weg hoch",
        "das ist kein Film, er hat eine Waffe",
        "keine Übung, hier brennt es",
        "das ist wie im Film hier schießt einer",
        "Bombe im Raum 2010",
        "2000 Euro oder er sticht zu",
        "neulich ging er wieder, heut tritt er die Tür ein",
    ],
)
def test_what_is_happening_is_near(distance: Distance, text: str) -> None:
    assert not distance.is_distant(folded(text))


@pytest.mark.parametrize(
    ("text", "failing"),
    [
        ("mein Handy ist gleich tot, schnell", "tot"),
        ("der Drucker ist gestorben", "gestorben"),
        ("mein Mann ist tot, das Handy ist hier", ""),
        ("mein Kollege ist zusammengebrochen", ""),
        ("der Kollege ist am Drucker zusammengebrochen", ""),
        ("der Mann am Telefon stirbt", ""),
        ("die Frau an der Tastatur ist tot", ""),
    ],
)
def test_a_thing_fails_within_its_clause(distance: Distance, text: str, failing: str) -> None:
    utterance = Utterance.of(text)
    hits = distance.failures(utterance)
    assert " ".join(utterance.folded[hit.start] for hit in hits) == failing


def test_a_long_story_is_not_judged_by_one_frame(distance: Distance) -> None:
    utterance = Utterance.of("im Krimi " + "und dann geschah wieder etwas anderes " * 5)
    assert distance.is_distant(utterance.folded)
    assert not distance.is_of_message(utterance)


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("die Kasse zahlt nicht, aber mein Nachbar erstickt gerade", "mein Nachbar erstickt gerade"),
        ("gestern war es ein Brief, heute steht er vor mir", "heute steht er vor mir"),
        ("was kostet das Heft? hier schießt einer", "hier schießt einer"),
        ("der Film war lang, aber hier brennt es", "hier brennt es"),
        ("im Film war alles gut, aber jetzt kommt der Mörder", ""),
        ("das ist aber schön", ""),
        ("im Krimi erwürgt er sie, aber keiner glaubt es", ""),
    ],
)
def test_a_text_turns_to_here_and_now(distance: Distance, text: str, behind: str) -> None:
    utterance = Utterance.of(text)
    assert utterance.since(distance.turn(utterance)).text == (behind or text)


@pytest.mark.parametrize(
    ("text", "is_dreamt"),
    [
        ("ich hab geträumt dass es brennt", True),
        ("grad hab ich geträumt jemand würgt mich", True),
        ("immer der gleiche Traum, ein Mann bricht ein", True),
        ("das ist kein Traum, hier brennt es", False),
        ("ich dachte ich träume, aber da steht wirklich einer", False),
        ("hab geträumt dass er kommt, und jetzt steht er da", False),
        ("das ist wie ein Albtraum, er hat eine Waffe", False),
        ("schlecht geträumt, ein Mann stand mit der Axt in der Küche", True),
        ("im Traum hat er mich erwürgt, dann bin ich aufgewacht", True),
        ("ich hab geträumt, bin aufgewacht, unten klirrt Glas", False),
        ("hab schlecht geträumt und dann geht unten die Scheibe kaputt", False),
        ("mein Sohn hatte einen Albtraum. Er hat sich geschnitten", False),
        ("nicht mal im Traum hab ich gedacht, dass er zusticht", False),
        ("im Traum hätt ich das nie gedacht, er hat eine Waffe", False),
        ("mein Traum von einem Haus brennt ab", False),
        ("träum ich oder brennt da der Dachstuhl", False),
    ],
)
def test_a_dream_is_told_from_what_happens(distance: Distance, text: str, is_dreamt: bool) -> None:
    assert distance.is_dreamt(Utterance.of(text)) is is_dreamt


@pytest.mark.parametrize(
    ("text", "is_only_dreamt"),
    [
        ("ich hab geträumt dass es brennt", True),
        ("meine Frau hat geträumt, ich verblute", True),
        ("schlecht geträumt, die Küche brennt", False),
        ("hatte einen Albtraum von einem Amoklauf", False),
    ],
)
def test_only_what_was_dreamt_is_surely_no_danger(
    distance: Distance, text: str, is_only_dreamt: bool
) -> None:
    assert distance.is_only_dreamt(Utterance.of(text)) is is_only_dreamt


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("er hat ein Messer, letztes Mal ist es gut ausgegangen", "er hat ein Messer"),
        ("er hat mich bedroht, letzte Woche kam dann ein Brief", ""),
        ("er hat eine Waffe, gestern gekauft", ""),
    ],
)
def test_what_is_past_does_not_reach_back_over_a_comma(distance: Distance, text: str, before: str) -> None:
    utterance = Utterance.of(text)
    assert utterance.before(distance.before_past(utterance)).text.rstrip(", ") == before


@pytest.mark.parametrize(
    ("text", "behind"),
    [
        ("was kostet ein Einsatz, die Küche brennt", "die Küche brennt"),
        ("ab wann ist das verboten er drückt mir den Hals zu", "er drückt mir den Hals zu"),
        ("Vertrag gekündigt, der Mieter schießt", "der Mieter schießt"),
        ("wer haftet, wenn er hier umfällt", ""),
        ("darf man da rein", ""),
        ("die Küche brennt, was kostet ein Einsatz", ""),
    ],
)
def test_what_is_told_beside_a_question_is_found(distance: Distance, text: str, behind: str) -> None:
    utterance = Utterance.of(text)
    assert utterance.since(distance.aside(utterance)).text == (behind or text)


@pytest.mark.parametrize(
    ("text", "is_unhurried"),
    [
        ("dürfen wir im Park grillen, offenes Feuer", True),
        ("welche Strafe steht auf Brandstiftung", True),
        ("darf man bei euch mit Messer rein", True),
        ("habt ihr Waffen", True),
        ("seit Stunden suchen wir sie, wer haftet, wenn er sie hat", False),
        ("ist das erlaubt, dass er mich einsperrt", False),
        ("habt ihr schnell jemanden, hier schießt es", False),
        ("was kostet der Leitfaden, ein Mann hat ein Messer", False),
        ("darf ich meine Tochter mitbringen", True),
        ("wer zahlt, wenn eine Kollegin verletzt wird", True),
        ("wer zahlt den Einsatz, meine Schwester ist gestürzt", False),
        ("wo gibt es hier einen Defi, sie hat keinen Puls", False),
        ("wer haftet, ich hänge am Geländer", False),
        ("wir grillen am Teich, ist das erlaubt", True),
        ("ist das erlaubt, wir werden beschossen", False),
    ],
)
def test_who_asks_at_leisure_is_told_from_who_is_in_danger(
    distance: Distance, text: str, is_unhurried: bool
) -> None:
    assert distance.is_unhurried(folded(text)) is is_unhurried


@pytest.mark.parametrize(
    ("text", "is_over"),
    [
        ("als ich klein war ist mein Bruder eingebrochen", True),
        ("1993 haben sie uns überfallen", True),
        ("vor zehn Jahren hat es hier gebrannt", True),
        ("er hat seit 2019 eine Waffe", False),
        ("vor zehn Jahren war es ein Brief, jetzt steht er da", False),
        ("gestern hat es gebrannt", False),
        ("als Kind war er lieb. Er hat seiner Mutter die Kehle durchgeschnitten", False),
        ("lange her, dass er so war, er hat sie gestochen", False),
        ("meine Uroma ist gestürzt", False),
    ],
)
def test_what_is_over_for_years_is_told_from_yesterday(distance: Distance, text: str, is_over: bool) -> None:
    assert distance.is_long_ago(Utterance.of(text)) is is_over


@pytest.mark.parametrize(
    ("text", "ends_well"),
    [
        ("der Hund hat den Boten gebissen, alles gut", True),
        ("wir sind umgekippt vor Lachen!", True),
        ("alles gut, nur mein Arm ist ab", False),
        ("er hat zugestochen", False),
        ("er hält mir den Mund zu, ich soll sagen, alles gut", False),
        ("sie hat Lauge getrunken, er tut so, als wär nichts passiert", False),
        ("sie treten auf ihn ein, alle haben gelacht", False),
    ],
)
def test_what_came_to_nothing_is_said_at_the_end(distance: Distance, text: str, ends_well: bool) -> None:
    assert distance.ends_well(folded(text)) is ends_well


@pytest.mark.parametrize(
    ("text", "is_loud"),
    [
        ("er beleidigt mich am Telefon!", True),
        ("eine Frau schimpft seit zehn Minuten auf mich ein", True),
        ("der beleidigt mich und kreist mich ein", False),
        ("er schreit mich an, dass er mich kaltmacht", False),
        ("er steht vor mir", False),
    ],
)
def test_who_only_shouts_is_told_in_one_clause(distance: Distance, text: str, is_loud: bool) -> None:
    utterance = Utterance.of(clean(text))
    assert distance.is_loud(utterance, utterance.folded) is is_loud


@pytest.mark.parametrize(
    ("text", "alarming", "is_of_things"),
    [
        ("die Baukosten explodieren", {2}, True),
        ("der Vertrag ist tot", {3}, True),
        ("der Antrag ist abgelehnt, jetzt würgt er sie", {5}, False),
        ("während der Debatte hat einer ein Messer gezogen", {6}, False),
        ("wegen der Gebühren schlägt er zu", {3}, False),
        ("der Haushalt ist egal, hier brennt der Saal", {5}, False),
        ("die Kosten steigen, draußen stehen vierzig Leute mit Fackeln", set(), False),
        ("die Wirtschaft brennt Leute springen raus", {2}, False),
        ("die Debatte im Stadtrat ist explodiert", {5}, True),
        ("die Mieten bringen uns um", {2}, True),
    ],
)
def test_nothing_bodiless_is_in_danger(
    distance: Distance, text: str, alarming: set[int], is_of_things: bool
) -> None:
    assert distance.is_of_things(Utterance.of(text), alarming) is is_of_things


@pytest.mark.parametrize(
    "text",
    [
        "mein handy ist gleich tot, kannst du mir die nummer schnell geben",
        "das mikrofon würgt mich in der sitzung immer ab",
        "im krimi von gestern ersticht der täter den landrat",
        "als ich noch im amt war, kam mal einer mit der axt in mein büro",
        "was sollen wir machen falls mal jemand mit einer waffe ins rathaus kommt",
        "haben die von der zmi ein büro",
        "habt ihr waffen",
        "seid ihr bewaffnet",
        "wie oft wird auf polizisten geschossen",
        "unser maskottchen spuckt feuer, dürfen wir es in der halle vorführen",
        "grad hab ich geträumt jemand würgt mich",
        "hab wieder geträumt mein chef würgt mich",
        "als ich klein war ist mein bruder ins eis eingebrochen",
        "1993 haben sie uns im jugendclub mit baseballschlägern überfallen, ich war dabei",
        "die debatte ist völlig explodiert",
        "unser förderantrag ist tot",
        "in der chorprobe sind alle umgekippt vor lachen",
        "er schreit mich an",
        "die kundin schreit hier nur rum",
        "letztes jahr kam mal ein brief mit pulver, war zucker",
        "der beleidigt mich gerade am schalter",
        "er meckert und schimpft auf die regierung",
    ],
)
def test_no_alarm_is_raised_by_what_is_distant(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).outcome is not Outcome.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "das ist kein krimi, der hält der kassiererin ein messer an den hals",
        "bei der übung ist ein kamerad vom dach gestürzt und rührt sich nicht",
        "letzte woche war es nur ein brief, jetzt sind sie mit schlagstöcken im hof",
        "gestern stand ich auf der brücke und wollte springen",
        "der serverraum brennt, aus der tür kommen flammen",
        "mein handy ist gleich leer und er steht mit dem messer in der küche",
        "ist die zastex für sowas da, grad kommen die mit knüppeln die treppe hoch",
        "Zimmer 1999 Amok",
        "er hat eine Waffe und will 2000 Euro",
        "mein Mann ist um 8 Uhr zusammengebrochen",
        "mein Mann liegt tot im Auto",
        "die Kollegin an der Kasse ist zusammengebrochen",
        "das Auto explodiert",
        "ich möchte tot sein wegen der kommentare auf meiner seite",
        "ich wäre lieber tot als weiter mit dem Projekt",
        "mein Hund greift mich an und mein Handy ist tot",
        "mein Ex den ich angezeigt habe bricht die Tür auf",
        "Mann mit Axt im Rathaus, war früher Mitarbeiter",
        "wer darf denn jetzt kommen, mein Mann blutet",
        "wenn ein Krankenwagen nicht gleich kommt stirbt sie",
        "ich habe anzeige erstattet, er steht trotzdem mit dem messer vor mir",
        "die versicherung sagt nichts, aber mein mann bekommt keine luft",
        "wir waren im kino, der film war gut, aber jetzt läuft uns einer mit messer nach",
        "ich war gestern beim arzt, heute krieg ich keine luft mehr",
        "beim fußball wurde er niedergestochen",
        "mein mann sagt ich soll sterben",
        "brief aufgemacht weißes pulver",
        "dachte ich träume aber da steht wirklich einer mit messer im schlafzimmer",
        "das ist wie ein albtraum er hat eine waffe und lässt uns nicht raus",
        "seid ihr die polizei? hier schießt einer",
        "habt ihr gehört, der hat eine waffe gezogen, im rathaus",
        "ist das erlaubt dass er mich hier einsperrt und schlägt",
        "wer zahlt ist mir egal, das haus brennt und die leute springen",
        "der antrag wurde abgelehnt, jetzt würgt er die sachbearbeiterin",
        "er schreit mich an und kommt um den tresen",
        "kunde brüllt und schmeißt den bildschirm nach mir",
        "der pöbelt und folgt mir bis zum auto",
        "er beschimpft mich und lässt mich nicht raus",
        "er schreit mich an dass er mich heute noch kaltmacht",
        "beim krippenspiel brennt der vorhang, alle rennen",
        "es brennt nicht nur im keller, auch oben",
        "darf man bei euch anrufen wenn man verfolgt wird, er ist 20 meter hinter mir",
        "mein traum ist geplatzt, ich will nicht mehr leben",
        "ich träum doch nicht, da steht einer mit ner axt im hof",
        "hatte einen albtraum und bin jetzt wach, da ist jemand im flur",
        "meine uroma ist gestürzt und bewegt sich nicht",
        "beim training ist unser stürmer zusammengebrochen, kein puls",
        "wie viele tabletten sind tödlich, ich will nicht mehr",
        "das regal ist umgestürzt und liegt auf der kollegin",
        "mein rasenmäher springt nicht an und mein fuß steckt drunter und blutet",
        "alles gut nur mein arm hängt in der maschine",
        "habt ihr schon gehört, im rathaus wird geschossen",
        "wer haftet für den schaden, das dach stürzt gerade ein und leute sind drunter",
        "hab geträumt und bin aufgewacht, unten zündet einer den carport an",
        "ich hab schlecht geschlafen und geträumt. mein mann liegt blutend im bad",
        "mein traum haus steht in flammen und die kinder sind oben",
        "habt ihr einen defi im haus, unser hausmeister hat keinen puls",
        "kriegt man das bezahlt, meine schwester verblutet",
        "das baby hat frostschutzmittel getrunken, meine mutter sagt nichts passiert",
        "er hält mir ein messer an den hals und ich soll sagen alles gut",
        "damals hat er gedroht und nun steht das auto in flammen",
        "es brennt nirgends ein feuerlöscher zu finden",
        "was kostet der löschzug, das treppenhaus brennt",
        "er hat ein messer, letztes mal ist es gut ausgegangen",
    ],
)
def test_danger_is_heard_beside_such_words(bot: Bot, text: str) -> None:
    assert bot.respond("c", text).outcome is Outcome.EMERGENCY
