"""The bot as a person meets it: private chat, groups, topics, inline, links, stale buttons."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from adapters.telegram import errands
from tests.content import ZASTEX_NUMBER
from tests.live.telegram.bot_api import BotApi, Chat, Fault, Person, answers_in, person
from tests.live.telegram.harness import Bench, run, serving

DANGER = "Hilfe, er hat ein Messer und steht vor der Tür und droht"
Json = dict[str, Any]


async def answers(bench: Bench, chat: Chat, count: int) -> list[Json]:
    """Wait for ``count`` messages of the bot in a chat and return them."""
    await bench.api.until(lambda: len(answers_in(bench.api, chat)) >= count, what=f"{count} answers")
    await settled(bench)
    found = answers_in(bench.api, chat)
    assert len(found) == count
    return found


async def settled(bench: Bench) -> None:
    """Wait until every update was fetched, answered and confirmed."""
    await bench.api.until(lambda: not bench.api.world.updates)
    await bench.api.until(lambda: bench.channel.open == 0)


def buttons(message: Json) -> list[Json]:
    """Return all buttons under a message."""
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


def choices(message: Json) -> list[str]:
    """Return what the buttons under a message choose."""
    return [b["callback_data"] for b in buttons(message) if b.get("callback_data", "").startswith("1:")]


def test_start_says_what_telegram_sees_and_shows_the_offers(tmp_path: Path) -> None:
    """The first message has the emergency number, the privacy note and five offers to press."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            anna.says("/start")
            (first,) = await answers(bench, anna.private(), 1)
            assert "110" in first["text"]
            assert "Telegram sieht" in first["text"]
            assert len(choices(first)) >= 5
            assert first["link_preview_options"] == {"is_disabled": True}

    run(scenario())


LINKS = [("zastex", "1+zastex"), ("zmi-contact", "1+zmi"), ("unfug", ""), ("zmi-unfug", ""), ("ä ö", "")]


@pytest.mark.parametrize(("payload", "card"), LINKS)
def test_deep_links(tmp_path: Path, payload: str, card: str) -> None:
    """A link leads to its offer; a wrong one to the overview."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            anna.says(f"/start {payload}")
            (first,) = await answers(bench, anna.private(), 1)
            if card:
                topic = card.removeprefix("1+")
                assert any(
                    b.get("callback_data", "").startswith((card, f"1:{topic}")) for b in buttons(first)
                )
            else:
                assert len(choices(first)) >= 5
            assert "Telegram sieht" in first["text"]

    run(scenario())


def test_a_contact_can_be_opened_copied_saved_and_passed_on(tmp_path: Path) -> None:
    """Under a contact hang a link, a number to copy, the card and the inline mode."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            anna.says("/kontakt zastex")
            (answer,) = await answers(bench, anna.private(), 1)
            kinds = {key for button in buttons(answer) for key in button}
            assert {"copy_text", "switch_inline_query", "callback_data"} <= kinds
            anna.presses(answer, "speichern")
            _, card = await answers(bench, anna.private(), 2)
            assert "BEGIN:VCARD" in card["contact"]["vcard"]
            assert card["contact"]["phone_number"] in answer["text"]
            assert card["contact"]["first_name"] == "ZASTEX", "the word that is looked for in an address book"
            anna.says("/kontakt zmi")
            zmi = (await answers(bench, anna.private(), 3))[-1]
            assert any("url" in button for button in buttons(zmi))
            anna.presses(zmi, "speichern")
            file = (await answers(bench, anna.private(), 4))[-1]
            assert file["document"]["file_name"].endswith(".vcf"), "no phone number: the card is a file"

    run(scenario())


def test_a_contact_can_be_saved_where_its_number_was_left_out(tmp_path: Path) -> None:
    """Under what is said to "da geht keiner ran" the button gives the whole card, and the message stays."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            anna.says("/kontakt zastex")
            anna.says("da geht keiner ran")
            _, other = await answers(bench, anna.private(), 2)
            assert ZASTEX_NUMBER not in other["text"]
            before = other["text"]
            anna.presses(other, "speichern")
            *_, card = await answers(bench, anna.private(), 3)
            assert card["contact"]["phone_number"] == ZASTEX_NUMBER
            assert other["text"] == before

    run(scenario())


def test_each_of_all_contacts_can_be_saved(tmp_path: Path) -> None:
    """Every "Kontakt speichern" gives the card above it, also where the topics together are too long for a button."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            anna.says("alle Kontakte")
            (answer,) = await answers(bench, anna.private(), 1)
            copied = [b["copy_text"]["text"] for b in buttons(answer) if "copy_text" in b]
            backs = [b["callback_data"] for b in buttons(answer) if b["text"] == "Kontakt speichern"]
            assert len(backs) == len(copied) == 3
            for back in backs:
                anna.presses_data(answer, back)
            _, *cards = await answers(bench, anna.private(), 4)
            assert sorted(card["contact"]["phone_number"] for card in cards) == sorted(copied)
            passed_on = [b["switch_inline_query"] for b in buttons(answer) if "switch_inline_query" in b]
            assert passed_on == ["zastex"], "the last of the cards with buttons"

    run(scenario())


def test_the_card_of_a_refusal_can_be_saved(tmp_path: Path) -> None:
    """What is shown to "das hilft mir nicht" is about no topic; its card is one all the same."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            anna.says("Was ist ZMI?")
            anna.says("das hilft mir nicht")
            anna.says("das hilft auch nicht")
            *_, refusal = await answers(bench, anna.private(), 3)
            assert any(b["text"] == "Kontakt speichern" for b in buttons(refusal))
            number = next(b["copy_text"]["text"] for b in buttons(refusal) if "copy_text" in b)
            anna.presses(refusal, "speichern")
            *_, card = await answers(bench, anna.private(), 4)
            assert card["contact"]["phone_number"] == number

    run(scenario())


def test_pressing_edits_the_message(tmp_path: Path) -> None:
    """Pressed options change the message they hang under; the waiting sign stops."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            anna.says("/angebote")
            (menu,) = await answers(bench, anna.private(), 1)
            before = menu["text"]
            query = anna.presses_data(menu, choices(menu)[0])
            await bench.api.until(lambda: menu["text"] != before)
            await answers(bench, anna.private(), 1)
            assert bench.api.world.callbacks[query] is not None
            anna.presses_data(menu, "1:none")
            anna.presses_data(menu, "1:none")
            await answers(bench, anna.private(), 1)

    run(scenario())


def test_the_numbers_of_an_emergency_stay_when_a_button_under_them_is_pressed(tmp_path: Path) -> None:
    """What helps afterwards comes in a new message, while the danger lasts and when it is over."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            anna.says(DANGER)
            (alarm,) = await answers(bench, anna.private(), 1)
            said, first = alarm["text"], buttons(alarm)[0]
            anna.presses(alarm, first["text"])
            *_, answer = await answers(bench, anna.private(), 2)
            assert ZASTEX_NUMBER in answer["text"]
            anna.says("sie sind weg")
            await answers(bench, anna.private(), 3)
            anna.presses(alarm, first["text"])
            await answers(bench, anna.private(), 4)
            assert alarm["text"] == said
            assert buttons(alarm)[0] == first, "and can be pressed again"

    run(scenario())


STALE = ["0:zastex", "zastex", "1:gibtesnicht.mehr", "1+zastex:00000000", "ä" * 32, "2:x", "{}"]


@pytest.mark.parametrize("data", STALE)
def test_stale_buttons(tmp_path: Path, data: str) -> None:
    """A button of an older version or another content shows what there is to choose now."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            anna.says("/kontakt zastex")
            (answer,) = await answers(bench, anna.private(), 1)
            query = anna.presses_data(answer, data)
            await bench.api.until(lambda: len(choices(answer)) >= 5)
            assert bench.api.world.callbacks[query] is not None

    run(scenario())


def test_an_old_message_that_cannot_be_edited_is_answered_anew(tmp_path: Path) -> None:
    """Pressing a button under a deleted message still gets an answer."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            anna.says("/angebote")
            (menu,) = await answers(bench, anna.private(), 1)
            del bench.api.world.messages[anna.id, menu["message_id"]]
            anna.presses_data(menu, "1:zastex")
            (answer,) = await answers(bench, anna.private(), 1)
            assert answer["message_id"] != menu["message_id"]

    run(scenario())


def test_an_edited_question_edits_its_answer(tmp_path: Path) -> None:
    """Nothing piles up when somebody mends a question; danger is said in a new message."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            question = anna.says("/kontakt zastex")
            (answer,) = await answers(bench, anna.private(), 1)
            before = answer["text"]
            anna.edits(question, "/kontakt zmi")
            await bench.api.until(lambda: answer["text"] != before)
            await answers(bench, anna.private(), 1)
            anna.edits(question, DANGER)
            _, alarm = await answers(bench, anna.private(), 2)
            assert "110" in alarm["text"].split("\n")[0]

    run(scenario())


MEDIA: list[Json] = [
    {"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}},
    {"photo": [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]},
    {
        "sticker": {"file_id": "s", "file_unique_id": "s", "type": "regular", "width": 1, "height": 1}
        | {"is_animated": False, "is_video": False}
    },
    {"location": {"latitude": 51.05, "longitude": 13.74}},
    {"document": {"file_id": "d", "file_unique_id": "d"}},
    {"rich_message": {"blocks": []}},
]


@pytest.mark.parametrize("content", MEDIA, ids=lambda content: next(iter(content)))
def test_media_get_a_friendly_line(tmp_path: Path, content: Json) -> None:
    """What cannot be read is answered with the request to write."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            anna.sends(content)
            (answer,) = await answers(bench, anna.private(), 1)
            assert "Worten" in answer["text"]

    run(scenario())


def test_captions_and_forwarded_messages_are_text(tmp_path: Path) -> None:
    """A picture with words and a forwarded message are answered by their words."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            anna.sends(MEDIA[1] | {"caption": DANGER})
            (first,) = await answers(bench, anna.private(), 1)
            assert "110" in first["text"]
            origin = {"type": "hidden_user", "date": 1, "sender_user_name": "X"}
            anna.says(DANGER, forward_origin=origin)
            _, second = await answers(bench, anna.private(), 2)
            assert "110" in second["text"]

    run(scenario())


def test_an_album_is_one_question(tmp_path: Path) -> None:
    """Several pictures sent together get one line, or the answer to the words under one of them."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna, bert = person(bench.api), person(bench.api, 502, "Bert")
            for _ in range(4):
                anna.sends(MEDIA[1] | {"media_group_id": "77"})
            bert.sends(MEDIA[1] | {"media_group_id": "78", "caption": "/kontakt zastex"})
            bert.sends(MEDIA[1] | {"media_group_id": "78"})
            await settled(bench)
            (line,) = await answers(bench, anna.private(), 1)
            assert "Worten" in line["text"]
            (answer,) = await answers(bench, bert.private(), 1)
            assert ZASTEX_NUMBER in answer["text"]
            anna.sends(MEDIA[1] | {"media_group_id": "79"})
            await answers(bench, anna.private(), 2)

    run(scenario())


def test_notes_about_the_chat_are_none_of_its_business(tmp_path: Path) -> None:
    """Service messages, other bots and its own inline results get no answer."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna = bench.api, person(bench.api)
            anna.sends({"pinned_message": {"message_id": 1, "date": 0, "chat": anna.private().data}})
            anna.says("Karte", via_bot=api.world.bot)
            robot = Person(api, {"id": 8, "is_bot": True, "first_name": "Robo", "username": "robo_bot"})
            group = await _group(bench, anna)
            robot.says("/hilfe", group)
            anna.says("/hilfe@robo_bot", group)
            anna.says("/wetter", group)
            anna.says("Wir reden unter uns", group)
            await settled(bench)
            assert answers_in(api, anna.private()) == []
            assert len(answers_in(api, group)) == 1, "only the greeting"

    run(scenario())


async def _group(bench: Bench, anna: Person, **kind: Any) -> Chat:
    group = anna.opens_group(**kind)
    anna.adds_bot(group)
    await bench.api.until(lambda: answers_in(bench.api, group))
    return group


def test_groups(tmp_path: Path) -> None:
    """Greets once; answers commands, mentions and replies, as a reply and in the right topic."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            group = await _group(bench, anna, forum=True)
            greeting = answers_in(bench.api, group)[0]
            assert "Telegram sieht" in greeting["text"]
            assert "@lotse_test_bot" in greeting["text"]
            asked = [
                anna.says("/kontakt zastex", group, thread=77),
                anna.says("/kontakt@Lotse_Test_Bot zmi", group, thread=78),
                anna.says("@lotse_test_bot Kontakt ZASTEX", group),
                anna.says("Kontakt ZMI", group, reply_to=greeting),
            ]
            found = (await answers(bench, group, 5))[1:]
            by_question = {answer["reply_to_message"]["message_id"]: answer for answer in found}
            assert set(by_question) == {question["message_id"] for question in asked}
            threads = [by_question[q["message_id"]].get("message_thread_id") for q in asked]
            assert threads == [77, 78, None, None]

    run(scenario())


def test_sessions_in_a_group_are_those_of_each_person(tmp_path: Path) -> None:
    """What one member talks about is not taken up for another."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna, bert = person(bench.api, 501), person(bench.api, 502, "Bert")
            group = await _group(bench, anna)
            anna.says("/kontakt zastex", group)
            anna_answer = (await answers(bench, group, 2))[-1]
            bert.says("/vergessen", group)
            await answers(bench, group, 3)
            anna.presses_data(anna_answer, choices(anna_answer)[0])
            await answers(bench, group, 3)

    run(scenario())


def test_a_group_becomes_a_supergroup(tmp_path: Path) -> None:
    """Answers that were meant for the old group arrive in the new one, which is not greeted again."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna = bench.api, person(bench.api)
            group = await _group(bench, anna, kind="group")
            api.faults.append(Fault("sendMessage", "status", chat=group.id))
            for topic in ("zastex", "zmi", "asskomm"):
                anna.says(f"/kontakt {topic}", group)
            await api.until(lambda: api.faults[0].shown)
            new = anna.upgrades(group)
            await answers(bench, new, 3)
            anna.says("/kontakt zmi", new)
            await answers(bench, new, 4)
            assert not any("In Gruppen" in answer["text"] for answer in answers_in(api, new))

    run(scenario())


def test_a_closed_topic_is_answered_in_the_group(tmp_path: Path) -> None:
    """When the topic is gone, the answer goes to the group instead of nowhere."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            anna = person(bench.api)
            group = await _group(bench, anna, forum=True)
            group.closed_topics.add(5)
            anna.says("/kontakt zastex", group, thread=5)
            answer = (await answers(bench, group, 2))[-1]
            assert "message_thread_id" not in answer

    run(scenario())


def test_inline_mode(tmp_path: Path) -> None:
    """Nothing typed gives the five offers, a question its contact; both may be cached."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna = bench.api, person(bench.api)
            two = "was bietet ASSKomm und ZASTEX"
            calls = {text: anna.calls_inline(text) for text in ("", "zastex", two, DANGER, "xyzzy")}
            await api.until(lambda: all(api.world.inline[call] for call in calls.values()))
            found = {text: api.world.inline[call] or {} for text, call in calls.items()}
            assert len(found[""]["results"]) >= 5, "every offer"
            assert any(result["type"] == "contact" for result in found["zastex"]["results"])
            assert [result["first_name"] for result in found[two]["results"]] == ["ASSKomm", "ZASTEX"]
            assert found[""]["cache_time"] > 0
            assert found[""]["is_personal"] is False
            (alarm,) = found[DANGER]["results"]
            assert "110" in alarm["input_message_content"]["message_text"]
            assert "start_parameter" in found["xyzzy"]["button"]

    run(scenario())


def test_profile_is_set_once(tmp_path: Path) -> None:
    """Commands by scope and language, name, descriptions and menu; a second start sets nothing."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api = bench.api
            await api.until(lambda: api.called("setChatMenuButton"))
            world = api.world
            scopes = {key[1:] for key in world.settings if key[0] == "commands"}
            assert len(scopes) == 6, "three scopes in two languages"
            private = world.settings["commands", '{"type": "all_private_chats"}', "de"]
            names = [command["command"] for command in private]
            assert names == ["start", "hilfe", "angebote", "kontakt", "datenschutz", "vergessen"]
            assert world.settings["description", "", ""]
            bench.stop.set()
            await bench.task
            count = len([call for call in api.calls if call.method.startswith("set")])
            stop = asyncio.Event()
            again = asyncio.create_task(bench.channel.run(stop))
            await api.until(lambda: len(api.called("getChatMenuButton")) == 2)
            stop.set()
            await again
            assert len([call for call in api.calls if call.method.startswith("set")]) == count

    run(scenario())


def test_typing_is_shown_when_it_takes_long(tmp_path: Path) -> None:
    """After half a second without an answer the person sees that something happens."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna = bench.api, person(bench.api)
            anna.says("/hilfe")
            await answers(bench, anna.private(), 1)
            assert api.called("sendChatAction") == []
            slow = Fault("sendMessage", "status", 1, 429, "Too Many Requests", {"retry_after": 1})
            api.faults.append(slow)
            anna.says("/hilfe")
            await api.until(lambda: api.called("sendChatAction"))
            await answers(bench, anna.private(), 2)

    run(scenario())


def test_typing_is_shown_as_long_as_it_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Telegram shows it for five seconds only, so it is said again, but not to a chat that floods."""
    monkeypatch.setattr(errands, "TYPING_AGAIN", 0.1)

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna = bench.api, person(bench.api)
            slow = Fault("sendMessage", "hang", done=True)
            api.faults.append(slow)
            anna.says("/hilfe")
            await api.until(lambda: len(api.called("sendChatAction")) >= 4)
            slow.release.set()
            await answers(bench, anna.private(), 1)
            before = len(api.called("sendChatAction"))
            api.faults.append(Fault("sendMessage", "status", 1, 429, "Too Many Requests", {"retry_after": 1}))
            anna.says("/hilfe")
            await answers(bench, anna.private(), 2)
            # One, and perhaps one of the first answer that was still on its way; ten if it were said again.
            assert len(api.called("sendChatAction")) <= before + 2

    run(scenario())


def test_emergencies_pass_everything(tmp_path: Path) -> None:
    """An emergency does not wait behind earlier questions that are stuck."""

    async def scenario() -> None:
        async with serving(tmp_path, drain=0.5) as bench:
            api, anna = bench.api, person(bench.api)
            stuck = Fault("sendMessage", "hang")
            api.faults.append(stuck)
            for _ in range(150):
                anna.says("/hilfe")
            await api.until(lambda: stuck.shown)
            anna.says(DANGER)
            await api.until(lambda: answers_in(api, anna.private()), 5)
            assert "110" in answers_in(api, anna.private())[0]["text"]

    run(scenario())


def test_a_flooding_chat_is_capped_and_others_are_not(tmp_path: Path) -> None:
    """1,000 questions of one person: some answers, one polite line, and nobody else waits."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna, bert = bench.api, person(bench.api), person(bench.api, 502, "Bert")
            api.delay = 0.02
            for _ in range(1000):
                anna.says("/hilfe")
            bert.says("/hilfe")
            await api.until(lambda: answers_in(api, bert.private()), 20)
            assert len(answers_in(api, anna.private())) < 150
            await settled(bench)
            polite = [m for m in answers_in(api, anna.private()) if "zu schnell" in m["text"]]
            assert len(polite) >= 1
            assert len(answers_in(api, anna.private())) < 1000

    run(scenario())


def test_old_questions_get_one_line_but_danger_an_answer(tmp_path: Path) -> None:
    """After a long outage: one line a chat, except for danger, which is answered at any age."""

    def before(api: BotApi) -> None:
        anna, bert = person(api), person(api, 502, "Bert")
        for _ in range(3):
            anna.says("/hilfe", age=7 * 3600)
        bert.says(DANGER, age=7 * 3600)
        bert.says("/kontakt zastex", age=3600)

    async def scenario() -> None:
        async with serving(tmp_path, before=before) as bench:
            anna, bert = person(bench.api), person(bench.api, 502)
            (line,) = await answers(bench, anna.private(), 1)
            assert "noch einmal" in line["text"]
            alarm, contact = sorted(
                await answers(bench, bert.private(), 2), key=lambda m: "verspätet" not in m["text"]
            )
            assert "110" in alarm["text"].split("\n")[0]
            assert "verspätet" in alarm["text"]
            assert "verspätet" not in contact["text"]

    run(scenario())


def test_a_blocked_bot_goes_on(tmp_path: Path) -> None:
    """Somebody who blocks the bot is asked twice, once for each further answer; the others are served."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna, bert = bench.api, person(bench.api), person(bench.api, 502, "Bert")
            anna.private().blocked = True
            for _ in range(5):
                anna.says("/hilfe")
            bert.says("/hilfe")
            await answers(bench, bert.private(), 1)
            await settled(bench)
            assert len([c for c in api.called("sendMessage") if c.values["chat_id"] == anna.id]) == 6
            anna.private().blocked = False
            anna.says("/hilfe")
            await answers(bench, anna.private(), 1)
            for _ in range(5):
                anna.says("/hilfe")
            anna.blocks()
            await settled(bench)

    run(scenario())
