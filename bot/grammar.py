"""German function words: grammar that rules rely on, and no editor needs to change.

The words are folded (see ``text.fold``). What turns the sense of an utterance but is a matter of taste
("quasi", "schon") stands in ``vocabulary.yaml``; what is looked for in a text as it is written, with its
signs, stands with its pattern (``division``).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from bot.text import SIGNS, fold_word


def _folded(texts: str) -> frozenset[str]:
    return frozenset(map(fold_word, texts.split()))


INSTEAD = fold_word("sondern")
ONLY = _folded("nur bloß allein")
"""They make a denial none: "nicht nur Mails, sondern auch Briefe"."""
INSTEAD_OF = _folded("statt anstatt anstelle")
"""What follows them is not the case."""
MERELY = _folded("nur bloß blos einfach lediglich schlicht")
"""Behind what is denied they tell what there is: "keine Nazis, bloß Leute, die sich fürchten"."""
PRONOUNS = _folded("er sie es ihn ihm ihr")
"""They stand for what was spoken of: "was kostet er"."""
ARTICLES = _folded("das die den der dem ein eine einen dies diese dieses")
NONE_OF = fold_word("kein")
"""Begins denials that are articles themselves."""
INTERROGATIVES = _folded("wer wen wem wo wohin woher was wie wann welche welcher welches welchen")
"""They ask, wherever they stand."""
OF_PERSONS = _folded("wer wen wem wo wohin")
"""They ask for somebody: "und wer ist es in Bautzen?" does not ask where something holds."""
OPENING = _folded("wie wo wohin wann ob")
"""With these a sentence asks, even without "?": "wie komme ich in Sicherheit"."""
SUBJECTS = _folded("ich man wir sie ihr die der du")
"""Behind a verb at the beginning they make it a question: "bekomme ich die Nummer"."""
AUXILIARIES = _folded(
    "kann können könnte muss müssen darf dürfen soll sollen sollte ist sind hat haben wird werden kommt kommen bin"
)
"""In front of such a subject they open a question: "muss ich zuhause bleiben"."""
ARE, THOSE = _folded("ist sind"), _folded("er sie die der")
"""In front of a sentence they ask, even without "?": "sind sie weg"; behind other words they tell: "jetzt sind sie weg"."""
SPEAKERS = _folded("ich wir")
"""Before a verb they tell, behind it they ask: "ich bekomme Briefe"."""
WE = fold_word("wir")
SUBORDINATE = _folded("dass ob")
"""Behind a comma they carry a denial on: "nicht, dass es vorbei wäre"."""
JOINING = _folded("und aber")
"""They begin another clause, also without a comma."""
AND = fold_word("und")
SIDE_BY_SIDE = _folded("und sowie plus oder bzw außerdem")
"""Between two names they set them side by side."""
CONTRAST = fold_word("aber")
"""Behind it an all-clear is denied for somebody else: "die Kinder sind in Sicherheit, aber ich nicht"."""
OTHERS = _folded("er jemand einer mein meine meinem meinen meiner unser unsere unseren unserem")
"""With these somebody else is named behind "aber": "ich bin nicht in Gefahr, aber meine Tochter"."""
WHETHER = fold_word("ob")
"""Shortly behind it nothing is said, only doubted: "keine Ahnung, ob ich nicht in Gefahr bin"."""
PREFIXES = _folded("um ab an ein fertig kalt platt tot zusammen")
"""They end a clause whose verb they belong to: "ich bring ihn um"."""
CARRYING_ON = _folded(
    "und aber oder denn wenn weil sobald falls bevor bis dann ich heute morgen jetzt noch bald endlich wirklich alle"
)
"""Behind such a prefix nothing of that clause follows: "ich bring ihn um wenn", not "ich bring es um acht"."""
PARTS = _folded("einer eener eine einige manche mehrere wenige paar")
"""Who is gone of them leaves others behind: "einer ist weg", not "beide sind weg"."""
OURS = _folded("unser unsere unseren unserem unserer mein meine meinen meinem meiner")
"""Before a thing they make it one's own: "und unser Bauhof"."""
WHOSE = _folded("vom von beim bei")
"""Behind an article they name whose thing it is: "die vom Gesundheitsamt"."""
ALSO = _folded("auch dort gleich noch")
"""Behind a thing they say no more of it: "und der Landkreistag auch"."""
PREPOSITIONS = _folded(
    "aus bei beim durch für gegen hinter im in mit nach neben ohne seit über um unter unterm von vom vor vorm wegen "
    "zu zum zur per zwischen am an auf"
)
"""What follows one of them is no subject: "bei einer Freundin" tells of nobody who is gone, "am Drucker" of no thing."""
HAPPENED = _folded("ist is isser sind sin wurde wurden hat ham haben")
"""With these somebody of a few is told of: "einer ist weg", "einer wurde festgenommen"."""
WERE = _folded("war waren hatte hatten wurde wurden kam kamen")
"""Verbs of the past."""
CONDITIONS = _folded("wenn sobald falls bis erst")
"""With these nothing is so yet: "wenn ich hier raus bin, bin ich in Sicherheit"."""
NOT_BEFORE = fold_word("erst")
IF = _folded("wenn falls")
"""With these a question is put for a case that may come: "wer zahlt, wenn eine Kollegin verletzt wird"."""
FOLLOWING = _folded("ist is isser sind sin bin dann wäre wären wär")
"""Behind a comma they tell what is so under a condition."""
OVER = fold_word("vorbei")
OUT = fold_word("aus")
"""What burns no more is it, and what comes from somewhere is so, too (see ``FROM_WHERE``)."""
FROM_WHERE = PREPOSITIONS | _folded(
    "dem den der diesem dieser einem einer keinem meinem meiner unserem unserer seinem seiner ihrem ihrer allen "
    "zwei drei versehen wohnung keller"
)
"""Behind "aus" they tell where something comes from: "das Feuer ist aus dem Keller hochgekommen"."""
ONESELF = _folded("mich mir uns dich dir")
"""Whom an act is aimed at that is aimed at no others: who writes "ich bring dich um" was mostly told so."""
INDEED = fold_word("schon")
"""A few words that end with it say so of somebody else: "die Kinder sind nicht in Gefahr, ich schon"."""
FIRST_PERSON = _folded(
    "ich mich mir mein meine meinen meinem meiner wir uns unser unsere unseren unserem unserer"
)
"""Who uses one of them tells of oneself or of those that are near."""
LIKE = fold_word("wie")
"""It likens: "wie im Film"."""
_LIKENESS = 2
"""Words before a thing within which it does: "wie in einem Krimi"."""
YEARS = _folded(
    "jahr jahre jahren anno anfang ende mitte januar februar märz april mai juni juli august september oktober november dezember sommer winter herbst frühjahr frühling"
)
"""Before a number they make it a year."""
UNITS = _folded("euro eur uhr meter kilo mark dollar")
"""Behind a number they make it none."""
UP_TO_NOW = _folded("seit von wie")
"""Before a time that is past they tell of what goes on: "seit gestern", "der Typ von letzter Woche"."""
THEY, OF_THEM = fold_word("die"), fold_word("denen")
"""Behind a verb that begins a clause it is asked what they do: "rufen die an", "kommt einer von denen"."""
BEHIND_THEY = (ARTICLES | ONESELF | PREPOSITIONS | FIRST_PERSON | SIGNS) | _folded(
    "denen sich einem einer auch da dann danach mal erst nur bloß wirklich denn so noch schon immer eigentlich etwa "
    "gleich sofort vielleicht überhaupt hier dort alles alle was nichts nicht niemanden jemanden jeden jedem ihn ihm "
    "ihr sie es sein seine seinen seinem ihre ihren wieder vorher rein raus hin her ab zurück selbst selber los"
)
"""Behind "die" they tell that it stands for somebody: "schlagen die dem", not "schlagen die Tür ein"."""
BEFORE_A_VERB = _folded("und aber oder ja na ach also dann")
"""A question may open with them: "und rufen die an"."""
SOON = _folded("gleich sofort schnell heute")
"""They tell of now, and ask as well how soon something is done: "kommen die gleich"."""
FROM_NOW = _folded("jetzt jetz nun nu dann weiter")
"""Behind "und" they ask what comes next."""
MYSELF, AM, SAFETY = _folded("ich wir bin sind"), fold_word("bin"), fold_word("Sicherheit")
"""One tells of oneself, with the second wherever it stands; that one is safe."""
YET = fold_word("noch")
"""It is not so yet, or not for long."""
QUESTION_WORDS = INTERROGATIVES | OPENING | _folded("warum wieso weshalb wozu")
"""With these a question begins."""
NOT = _folded("nicht nich ni net")
_APART = _folded("draußen drinnen unten oben hinten drüben neben eben morgen gestern wegen denn wen")
NO_VERBS = PREPOSITIONS | ARTICLES | CONDITIONS | IF | NOT | _APART
"""They end as verbs do, or are no verbs at all: "draußen die", "wegen denen"."""
_THEY_ARE, _MORE, _HERE = (
    _folded("ist is isser sind sin war waren"),
    fold_word("mehr"),
    _folded("da hier dort dabei"),
)
SOMEBODY = _folded("er jemand einer eener typ typen kerl kerle männer frau frauen kind kinder")
"""With these others are told of."""
MAN = fold_word("mann")
"""It is "man" as well, if no article stands before it."""
NAMING_OTHERS = (
    SOMEBODY | PRONOUNS | ARTICLES | _folded("mein meine meinen meinem meiner unser unsere herr einem")
)
"""Where none of them is said, nobody but who writes is told of: "will nicht mehr leben"."""
HERE = _folded("hier")
"""Where it happens to who writes."""
AWAKE = _folded("wirklich echt tatsächlich")
"""With these a dream is told from what happens: "da ist wirklich einer"."""
WAKING = _folded("wach aufgewacht wachgeworden erwacht geweckt aufgeschreckt aufgestanden")
"""Behind them it is told what happened afterwards: "hab geträumt, bin aufgewacht, unten geht jemand"."""
DREAM, NEVER = fold_word("traum"), NOT | _folded("nie niemals")
"""A little behind the first the others make it a figure of speech: "im Traum hab ich das nie gedacht"."""
BEFORE_NO_DREAM = NEVER | _folded("mal gedacht dachte dachten glaub glaubte denk meinte")
"""Directly before a dream they make it a figure of speech: "nicht mal im Traum", "ich dachte, ich träume"."""
WOULD = _folded("hätte hätten würde würden wär wäre")
"""Directly behind "im Traum" they deny it: "im Traum hätt ich nicht gedacht"."""
NOWHERE = NOT | _folded("nirgends nirgendwo")
"""Behind a verb they deny it: "es brennt nirgends"."""
BEHIND_DENIAL = CARRYING_ON | HERE | _folded("mehr da bei")
"""Behind a denial nothing else is denied but what was said: "es brennt nicht mehr", "… nicht bei uns"."""
TELLERS = SPEAKERS | _folded("er")
"""Where one of them follows no verb, somebody begins to tell: "was kostet das er hat ein Messer"."""
CARRIED_ON = (
    IF
    | SUBORDINATE
    | JOINING
    | QUESTION_WORDS
    | AUXILIARIES
    | _folded("weil oder sondern sobald bevor als damit")
)
"""They begin no clause that tells something else than the one before."""
LATER = _folded("denn später danach nachher hinterher anschließend dann eigentlich überhaupt jetzt wohl mal")
"""Between the words of a question they change nothing of it: "wo kann ich das denn später anzeigen"."""
SHALL = _folded("soll solle sollte sollen")
WRITER = _folded("ich mich")
"""Beside such a verb it is told what others want of who writes: "ich soll sterben"."""
SPOKEN, MINE = (
    _folded("sagt sagte meint meinte brüllt schreit schrie ruft flüstert"),
    _folded("mein meine meiner"),
)
"""With these somebody near says it to one's face: "mein Mann sagt, ich soll sterben"."""
SAID_TO_BE = SPOKEN | _folded("gesagt gemeint gerufen sagen sag meinen behauptet behaupten rief soll")
"""Before "alles gut" somebody else says it: "er hält mir den Mund zu, ich soll sagen, alles gut"."""
NOT_SO = (
    SAID_TO_BE
    | NOT
    | _folded(
        "tut tun tue als hoffe hoff hoffen hoffentlich bestimmt sicher vielleicht wohl bitte dann bald gleich wird ob"
    )
)
"""Before "alles gut" it is said by others, pretended, hoped or still to come: "er tut, als wär nichts passiert"."""
VOICES = _folded("stimme stimmen gott teufel")
"""What they want is nobody else's wish."""
CLOSINGS = frozenset(
    " ".join(map(fold_word, phrase.split()))
    for phrase in (
        "mit freundlichen grüßen",
        "mit freundlichem gruß",
        "mit freundlichen",
        "mit besten grüßen",
        "mit herzlichen grüßen",
        "mit kollegialen grüßen",
        "mit herzlichem gruß",
        "freundliche grüße",
        "beste grüße",
        "viele grüße",
        "herzliche grüße",
        "liebe grüße",
        "schöne grüße",
        "freundlichst ihr",
        "hochachtungsvoll",
        "mfg",
    )
)
"""With these a letter closes; who wrote it follows."""
QUOTES = frozenset('"„“”»«‚‘')
"""Between them somebody else may speak."""
WAYS = _folded("per via über übers auf im in am an mit bei vom von aus")
"""Behind a negation they say how something came: "nicht per Mail"."""
HAPPENING = _folded("es war wars kam kams kamen kommt kommts")
"""Beside a way they say no more than that something came so: "per Post kams", "ne Mail wars"."""
STRESSING = _folded("doch ja eben halt schon")
INDEFINITE = _folded("ein eine einen einem einer ne nen n")
"""Before a thing they tell of one that was not spoken of yet."""
MEANS = _folded("per via über")
"""Of these ways those by which somebody is reached: "per WhatsApp"."""
FOR, OR, PLEASE = fold_word("für"), fold_word("oder"), fold_word("bitte")
"""What thanks are for; between things of which one is wanted; what is said with it is wanted, too."""
WISHED_NOW = _folded("bitte danke mal jetzt sofort doch zeig zeige zeigen please now")
"""Behind a command they only wish it."""
OWNING = _folded("wem wessen wer wen gehört gehören welche welcher welches")
"""They ask for an owner: "wem gehört die Nummer"."""
AS_WELL = _folded("auch alles")
"""They tell of something before: "das hilft auch nicht"."""
CIRCUMSTANCES = _folded(
    "im in am an auf bei beim vor vorm hinter hinterm neben unter über per mit von aus "
    "seit heute gestern vorgestern neulich letzte letzten letztes letzter vorige morgens mittags abends nachts "
    "nur einmal zweimal mehrmals nein ja"
)
"""What opens with them goes on telling: "gestern abend", "im Rathaus"."""
ALL = _folded("alle alles allen sämtliche")
"""They choose all that was listed."""
SAYING = _folded("kannst könntest würdest sag sage sagen sagst zeig zeige zeigen")
"""Beside "nochmal" they only ask to hear it once more."""
LISTING = SAYING | _folded(
    "als in einer einmal auf blick zusammen untereinander nacheinander tabelle form schick schicke nenn nenne "
    "nennen gib kann können könnten wie lauten aller allen drei dreien vier vieren fünf fünfen denn gibt es"
)
"""Beside all contacts they only say in which form: "alle Nummern bitte als Liste"."""
TURNING = _folded(
    "und doch lieber nein nee nö ne aber dann auch noch nochmal nochmals vorhin jetzt nun meinte meine gemeint"
)
"""With these "das zweite" turns to what was listed before, and not to what stands under the last answer."""
NUMBERS = {
    **{
        f"{number}{ending}": number
        for number in range(1, 10)
        for ending in ("te", "ter", "tes", "ten", "ste")
    },
    **dict.fromkeys(_folded("1 eins eens"), 1),
    **dict.fromkeys(_folded("2 zwei zwo zwee"), 2),
    **dict.fromkeys(_folded("3 drei dreie"), 3),
    **dict.fromkeys(_folded("4 vier viere"), 4),
    **dict.fromkeys(_folded("5 fünf fünfe"), 5),
    **dict.fromkeys(_folded("6 sechs sechse"), 6),
    **dict.fromkeys(_folded("7 sieben"), 7),
    **dict.fromkeys(_folded("8 acht"), 8),
    **dict.fromkeys(_folded("9 neun"), 9),
}
"""Numbers from one to nine as they are typed and said, also in Saxony."""
ORDINALS = {
    word: number
    for number, stem in enumerate(("erste", "zweite", "dritte", "vierte", "fünfte"), 1)
    for word in _folded(f"{stem} {stem}n {stem}r {stem}s {stem}ns")
}
"""Places in a list as they are said."""
EDGES = {fold_word("ersten"): 1, fold_word("letzten"): -1}
"""Beside how many they are they tell at which end of a list they stand: "die ersten drei", "die beiden letzten"."""
LAST = _folded("letzte letzten letztes letzter")
"""Behind another one of a list it is the last of it: "die erste und letzte"; alone it tells of what is past."""
BOTH = _folded("beide beides beiden beider")
ONE = _folded("eins eens")
"""It is a number, or one thing of a kind: "bestell mir eins"."""
ONE_IS_WISHED = _folded("hätte will möchte davon gib")
"""Beside them an "eins" is one of what is spoken of: "ich hätte gern eins"."""
ANNOUNCING = _folded("die der das den dem nummer nr punkt option antwort ziffer zahl variante stelle eintrag")
"""Before a number they tell that it is one: "die eins"."""
RULING_OUT = NOT | INSTEAD_OF | _folded("kein keine keinen als")
"""Before a number or a place it is not the one: "nicht eins, zwei", "eher vier als fünf"."""
THE_MANY = _folded("den allen alle")
"""Before a number they count: "die Mails von den zwei"."""
CHOOSING = _folded(
    "die der das den dem zu zur zum nummer nr punkt option antwort angebot ziffer zahl variante stelle eintrag ich wir "
    "nehm nehme nehmen wähl wähle will möchte hätte gern gerne gib zeig zeige mir uns mal bitte dann also lieber jetzt "
    "doch auch ok okay gut ja na nu und glaub glaube denke von davon beide ! ?"
)
"""Beside them a number chooses: "die 2", "ich nehm die eins"; in "wir sind zwei" it counts something."""
THE_ONE_BEFORE = _folded("davor vorherige vorheriges vorherigen")
THE_ONE_AFTER = _folded("danach dahinter nächste nächstes nächsten nächster darauffolgende")
"""With an article they choose what stands in a list before or behind that which is spoken of."""
ONCE = fold_word("mal")
"""Behind "das nächste" it tells of another time."""
COUNTED = _folded("mal x stück stk exemplare exemplar exemplaren hefte")
MANY = frozenset(word for word in NUMBERS if not word.endswith(("te", "ter", "tes", "ten", "ste"))) | _folded(
    "zehn elf zwölf fünfzehn zwanzig dreißig vierzig fünfzig hundert paar"
)
"""Numbers before them tell how many there are or are wanted: "acht mal", "30 Exemplare"."""
TIMES = _folded("das zum beim")
"""In front of a number and "Mal" it counts times: "das dritte Mal"; "die dritte mal" chooses."""
WISHING = _folded("bitte nehm nehme nehmen wähl wähle will möchte hätte gern gerne gib zeig zeige")
"""Beside them "das dritte mal" chooses all the same."""
TELLING = _folded("haben ham kommt kommen bekomme kriege gehört geht")
"""Verbs that ask only where they begin, or in front of "Sie": "Hausverbot haben wir erteilt" tells."""
YOU = fold_word("sie")
HAVING = _folded("hab habe haben hat ham komme komm kommen kann können kenne kennen benutze nutze gibt gibts")
"""With these a denial tells what one lacks: "ich hab kein Internet" rules no offer out."""
BEHIND_ALL = CHOOSING - _folded("ok okay gut ja na nu")
"""Behind "alle" they choose it; "ok, alle" does as well, but "alles ok" and "alles gut" tell how one is."""


def is_denied_or_likened(folded: Sequence[str], place: int) -> bool:
    """Return whether what is named at ``place`` is none, or only what something is like: "kein Traum", "wie im Film"."""
    before = folded[max(place - _LIKENESS, 0) : place]
    return bool(before) and (before[-1].startswith(NONE_OF) or LIKE in before)


def absent(folded: Sequence[str]) -> int:
    """Return where folded words tell, and not of oneself, that somebody or something "ist nicht mehr da"; -1 if they do not."""
    if _MORE not in folded or not FIRST_PERSON.isdisjoint(folded):
        return -1
    for place, after in enumerate(folded[1:]):
        is_said = folded[place] == _MORE and after in _HERE and place > 1
        if is_said and folded[place - 1] in NOT and folded[place - 2] in _THEY_ARE:
            return place
    return -1


def counts(folded: Sequence[str]) -> bool:
    """Return whether folded words count copies: "drei Stück", "15 mal", but not "die zwei mal bitte"."""
    return any(
        word in COUNTED
        and (before.isdigit() or before in MANY)
        and not (place and word == ONCE and folded[place - 1] in ARTICLES)
        for place, (before, word) in enumerate(pairwise(folded))
    )


def tells_of_somebody(folded: Sequence[str]) -> bool:
    """Return whether one of folded words names somebody else: "er", "ein Mann", not "man"."""
    if MAN in folded and any(word == MAN and before in ARTICLES | MINE for before, word in pairwise(folded)):
        return True
    return not SOMEBODY.isdisjoint(folded)


def tells_of_anybody(folded: Sequence[str]) -> bool:
    """Return whether something is told of who writes, or of somebody else."""
    return not ONESELF.isdisjoint(folded) or tells_of_somebody(folded)


def counts_times(folded: Sequence[str]) -> bool:
    """Return whether a number counts how often something happened: "schon das dritte Mal", "zum 3. Mal"."""
    places = (place for place, word in enumerate(folded) if word == ONCE and place > 1)
    counted = (p for p in places if folded[p - 1] in NUMBERS or folded[p - 1] in ORDINALS)
    return WISHING.isdisjoint(folded) and any(folded[place - 2] in TIMES for place in counted)
