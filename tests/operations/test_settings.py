"""Settings come from the environment; a mistake names the variable and the mend in one line."""

from __future__ import annotations

import http.server
import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters import listening, settings
from bot.__main__ import main
from bot.errors import ConfigError
from tests.conftest import ROOT

TOKEN = "700100:AAEtest-token_with-the-real-shape-0123456789"


def lotse(*arguments: str, **environment: str) -> Result:
    others = {name: None for name in os.environ if name.startswith("LOTSE_") or "proxy" in name.lower()}
    return CliRunner().invoke(
        main, arguments, prog_name="lotse", env=others | {"HOME": "/nowhere"} | environment
    )


def test_defaults_are_valid_and_in_force() -> None:
    given = settings.read({"HOME": "/home/x"})
    assert given["LOTSE_CATCH_UP"] == 6 * 3600
    assert given["LOTSE_STOP_WITHIN"] == 15
    assert given["LOTSE_HTTP_LISTEN"] is None
    assert given.state_folder == Path("/home/x/.local/state/lotse")
    assert settings.read({"XDG_STATE_HOME": "/s"}).state_folder == Path("/s/lotse")


@pytest.mark.parametrize("variable", settings.variables(), ids=lambda variable: variable.name)
def test_every_setting_can_come_from_a_file(variable: settings.Variable, tmp_path: Path) -> None:
    examples = {
        "LOTSE_HTTP_LISTEN": "127.0.0.1:9100",
        "LOTSE_STATE_DIR": "/s",
        "LOTSE_REDIS_URL": "redis://127.0.0.1:6379",
        "LOTSE_TELEGRAM_PROXY": "http://127.0.0.1:3128",
        "LOTSE_MATRIX_PROXY": "http://127.0.0.1:3128",
    }
    text = examples.get(variable.name, variable.default or "https://example.org")
    (tmp_path / "value").write_text(f" {text}\n", encoding="utf-8")
    from_file = settings.read({f"{variable.name}_FILE": str(tmp_path / "value")})
    direct = settings.read({variable.name: text})
    assert from_file[variable.name] == direct[variable.name]
    assert from_file.origins[variable.name] == str(tmp_path / "value")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (
            {"LOTSE_TELEGRAM_TOKNE": "x"},
            "LOTSE_TELEGRAM_TOKNE: unknown setting; did you mean LOTSE_TELEGRAM_TOKEN?",
        ),
        ({"LOTSE_XQZ": "x"}, "see the table in docs/operating.md"),
        ({"LOTSE_CATCH_UP": "6"}, "LOTSE_CATCH_UP: “6” is not valid; expected a duration such as"),
        ({"LOTSE_CATCH_UP": "soon"}, "LOTSE_CATCH_UP: “soon” is not valid; expected a duration such as"),
        ({"LOTSE_HTTP_LISTEN": "here"}, "LOTSE_HTTP_LISTEN: “here” is not valid; expected host:port"),
        ({"LOTSE_HTTP_LISTEN": "[::1]:99999"}, "expected host:port"),
        ({"LOTSE_HTTP_LISTEN": "9100"}, "LOTSE_HTTP_LISTEN: “9100” is not valid; expected host:port such as"),
        ({"LOTSE_HTTP_LISTEN": ":9100"}, "expected host:port such as 127.0.0.1:9100"),
        ({"LOTSE_HTTP_LISTEN": "http://127.0.0.1:9100"}, "expected host:port such as 127.0.0.1:9100"),
        ({"LOTSE_TELEGRAM_WEBHOOK_LISTEN": "8080"}, "LOTSE_TELEGRAM_WEBHOOK_LISTEN: “8080” is not valid"),
        ({"LOTSE_REDIS_URL": "localhost"}, "LOTSE_REDIS_URL: the value is not valid; expected redis://host"),
        (
            {"LOTSE_TELEGRAM_PROXY": "proxy:3128"},
            "LOTSE_TELEGRAM_PROXY: the value is not valid; expected http",
        ),
        ({"LOTSE_TELEGRAM_PROXY": "https://proxy:3128"}, "expected http://host:port"),
        ({"LOTSE_MATRIX_PROXY": "http://proxy:99999"}, "LOTSE_MATRIX_PROXY: the value is not valid"),
        ({"LOTSE_LOG_LEVEL": "loud"}, "LOTSE_LOG_LEVEL: “loud” is not valid; expected one of: debug, info"),
        ({"LOTSE_KEEP_GOING": "maybe"}, "LOTSE_KEEP_GOING: “maybe” is not valid; expected on or off"),
        ({"LOTSE_MATRIX_HOMESERVER": "example.org"}, "expected an address that begins with https://"),
        ({"LOTSE_STATE_DIR_FILE": "/no/such"}, "LOTSE_STATE_DIR_FILE: cannot read /no/such: No such file"),
        ({"LOTSE_TELEGRAM_TOKEN_FILE": "/dev/null"}, "LOTSE_TELEGRAM_TOKEN_FILE: /dev/null is empty"),
        ({"LOTSE_STATE_DIR": "/x", "LOTSE_STATE_DIR_FILE": "/y"}, "LOTSE_STATE_DIR: given twice"),
    ],
)
def test_a_mistake_names_the_variable_and_the_mend(environment: dict[str, str], expected: str) -> None:
    with pytest.raises(ConfigError) as raised:
        settings.read(environment)
    assert expected in str(raised.value)
    assert "\n" not in str(raised.value)


def test_all_mistakes_are_named_at_once() -> None:
    wrong = {"LOTSE_LOG_LEVEL": "loud", "LOTSE_CATCH_UP": "6", "LOTSE_XQZ": "x", "LOTSE_KEEP_GOING": "on"}
    with pytest.raises(ConfigError) as raised:
        settings.read(wrong)
    named = [line.partition(":")[0] for line in str(raised.value).splitlines()]
    assert sorted(named) == ["LOTSE_CATCH_UP", "LOTSE_LOG_LEVEL", "LOTSE_XQZ"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("127.0.0.1:9100", ("127.0.0.1", 9100)),
        ("localhost:80", ("localhost", 80)),
        ("lotse-1.example:9100", ("lotse-1.example", 9100)),
        ("[::1]:9100", ("::1", 9100)),
        ("::1:9100", ("::1", 9100)),
        ("", None),
    ],
)
def test_where_to_listen(text: str, expected: tuple[str, int] | None) -> None:
    assert settings.listen(text) == expected


@pytest.mark.parametrize("command", ["run", "doctor", "config", "health"])
def test_every_command_of_operation_ends_with_status_2_on_a_mistake(command: str) -> None:
    done = lotse(command, LOTSE_CATCH_UP="soon")
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("lotse: LOTSE_CATCH_UP:")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LOTSE_TELEGRAM_TOKEN": "nonsense"}, "LOTSE_TELEGRAM_TOKEN: "),
        (
            {"LOTSE_TELEGRAM_BASE_URL": "http://127.0.0.1:1"},
            "LOTSE_TELEGRAM_TOKEN: missing; set it, or unset",
        ),
        ({"LOTSE_MATRIX_HOMESERVER": "http://127.0.0.1:1"}, "LOTSE_MATRIX_USER: missing; set it, or unset"),
        ({"LOTSE_MATRIX_USER": "@lotse:example.org"}, "LOTSE_MATRIX_HOMESERVER: missing; set it, or unset"),
        (
            {"LOTSE_MATRIX_USER": "lotse", "LOTSE_MATRIX_HOMESERVER": "http://127.0.0.1:1"},
            "LOTSE_MATRIX_USER: must be a full user id",
        ),
        ({"LOTSE_TELEGRAM_WEBHOOK_URL": "https://example.org"}, "LOTSE_TELEGRAM_TOKEN: missing; set it"),
        (
            {"LOTSE_TELEGRAM_TOKEN": TOKEN, "LOTSE_TELEGRAM_WEBHOOK_URL": "http://example.org"},
            "LOTSE_TELEGRAM_WEBHOOK_URL: Telegram calls only https:// addresses on port 443,",
        ),
        (
            {"LOTSE_TELEGRAM_TOKEN": TOKEN, "LOTSE_TELEGRAM_WEBHOOK_URL": "https://example.org:8080/hook"},
            "LOTSE_TELEGRAM_WEBHOOK_URL: Telegram calls only https:// addresses on port 443,",
        ),
        ({"LOTSE_REDIS_URL": "redis://127.0.0.1:1"}, "LOTSE_REDIS_URL: works with LOTSE_TELEGRAM_TOKEN only"),
    ],
)
@pytest.mark.parametrize("command", ["run", "doctor", "config"])
def test_a_channel_that_is_half_configured_is_a_mistake(
    command: str, environment: dict[str, str], expected: str, broken_content: Path
) -> None:
    """Every command says the same; "config" shows what is in force and "doctor" looks at the rest as well."""
    done = lotse(command, **environment, LOTSE_KNOWLEDGE_DIR=str(broken_content))
    assert done.exit_code == 2
    assert f"{'BAD ' if command == 'doctor' else 'lotse:'} {expected}" in done.output
    assert "nonsense" not in done.output
    assert ("LOTSE_CATCH_UP=6h" in done.stdout) is (command == "config")


@pytest.fixture(scope="module")
def broken_content(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder without content: it is looked at in no time."""
    return tmp_path_factory.mktemp("empty")


def test_a_bot_api_server_of_ones_own_may_call_any_address() -> None:
    environment = {
        "LOTSE_TELEGRAM_TOKEN": TOKEN,
        "LOTSE_TELEGRAM_WEBHOOK_URL": "http://127.0.0.1:8080/hook",
        "LOTSE_TELEGRAM_BASE_URL": "http://127.0.0.1:8081",
    }
    assert lotse("config", **environment).exit_code == 0


def test_doctor_looks_at_everything_though_the_content_has_mistakes(
    broken_content: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also though what has the port accepts connections and is silent."""
    monkeypatch.setattr(listening, "_PATIENCE", 0.2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        at = f"127.0.0.1:{taken.getsockname()[1]}"
        environment = {"LOTSE_KNOWLEDGE_DIR": str(broken_content), "LOTSE_STATE_DIR": str(tmp_path)}
        done = lotse("doctor", LOTSE_HTTP_LISTEN=at, **environment)
        gone = lotse("doctor", LOTSE_KNOWLEDGE_DIR="/no/such", LOTSE_STATE_DIR=str(tmp_path))
    assert done.exit_code == 2
    content, state, port, _ = done.stdout.splitlines()
    assert content.startswith(
        f"BAD  The content in {broken_content} has mistakes (1), which lotse check lists"
    )
    assert state.startswith("ok ")
    assert (
        port
        == f"BAD  LOTSE_HTTP_LISTEN: cannot listen on {at} (Address already in use); choose another port."
    )
    assert gone.stdout.startswith("BAD  LOTSE_KNOWLEDGE_DIR: Der Inhaltsordner /no/such ist nicht lesbar")


def test_health_knows_an_answer_that_is_not_from_the_program() -> None:
    class Other(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = lotse("health", LOTSE_HTTP_LISTEN=f"127.0.0.1:{server.server_port}")
        server.shutdown()
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert done.stderr.startswith("something else answers at 127.0.0.1:")


def test_config_shows_what_is_in_force_without_secrets(tmp_path: Path) -> None:
    secret = tmp_path / "token"
    secret.write_text(TOKEN, encoding="utf-8")
    done = lotse(
        "config",
        LOTSE_TELEGRAM_TOKEN_FILE=str(secret),
        LOTSE_MATRIX_PASSWORD="open sesame",
        LOTSE_TELEGRAM_BASE_URL="https://jane:hidden@example.org",
    )
    rows = done.stdout.splitlines()
    assert f"LOTSE_TELEGRAM_TOKEN=********    # {secret}" in rows
    assert "LOTSE_MATRIX_PASSWORD=********    # environment" in rows
    assert "LOTSE_TELEGRAM_BASE_URL=https://********@example.org    # environment" in rows
    assert "LOTSE_CATCH_UP=6h" in rows
    assert [row.split("=")[0] for row in rows] == [variable.name for variable in settings.variables()]
    assert not any(word in done.stdout for word in ("AAEtest", "sesame", "hidden"))


@pytest.mark.parametrize(
    ("settings_given", "expected"),
    [({}, ""), ({"LOTSE_REDIS_URL": "redis://127.0.0.1:9"}, "LOTSE_REDIS_URL: the client is not installed")],
    ids=["without", "with"],
)
def test_the_client_of_redis_is_needed_only_where_redis_is_set(
    settings_given: dict[str, str], expected: str, tmp_path: Path
) -> None:
    """It is an extra; a channel is examined and served without it."""
    code = "import sys; sys.modules['redis'] = None; from bot.__main__ import main; main(['doctor'])"
    given = {"LOTSE_TELEGRAM_TOKEN": TOKEN, "LOTSE_TELEGRAM_BASE_URL": "http://127.0.0.1:9"}
    environment = {"PATH": os.environ["PATH"], "LOTSE_STATE_DIR": str(tmp_path), **given, **settings_given}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    assert "BAD  LOTSE_TELEGRAM_BASE_URL: " in done.stdout
    assert expected in done.stdout


def test_no_secret_is_in_a_repr() -> None:
    assert "sesame" not in repr(settings.read({"LOTSE_MATRIX_PASSWORD": "open sesame"}))


def test_doctor_without_a_channel_says_so_and_looks_at_the_rest(tmp_path: Path) -> None:
    done = lotse("doctor", LOTSE_STATE_DIR=str(tmp_path / "state"))
    rows = done.stdout.splitlines()
    assert done.exit_code == 2
    assert [row[:3] for row in rows] == ["ok ", "ok ", "BAD"]
    assert not (tmp_path / "state").exists(), "a doctor leaves nothing behind"


def test_doctor_finds_a_state_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = lotse("doctor", LOTSE_STATE_DIR=str(tmp_path / "file"))
    assert done.exit_code == 2
    assert "BAD  LOTSE_STATE_DIR: " in done.stdout


def test_doctor_reports_a_server_that_does_not_answer(tmp_path: Path) -> None:
    done = lotse(
        "doctor",
        LOTSE_STATE_DIR=str(tmp_path),
        LOTSE_MATRIX_HOMESERVER="http://127.0.0.1:1",
        LOTSE_MATRIX_USER="@lotse:example.org",
    )
    assert done.exit_code == 2
    assert "BAD  Homeserver http://127.0.0.1:1 does not answer" in done.stdout


@pytest.mark.parametrize("channel", ["telegram", "matrix"])
def test_a_channel_is_examined_through_its_proxy(channel: str, tmp_path: Path) -> None:
    """The proxy that is named is not there, and that is what is said; the server would be."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        given = {
            "telegram": {"LOTSE_TELEGRAM_TOKEN": TOKEN, "LOTSE_TELEGRAM_BASE_URL": url},
            "matrix": {"LOTSE_MATRIX_HOMESERVER": url, "LOTSE_MATRIX_USER": "@lotse:example.org"},
        }[channel]
        way = {f"LOTSE_{channel.upper()}_PROXY": "http://jane:sesame@127.0.0.1:1"}
        done = lotse("doctor", LOTSE_STATE_DIR=str(tmp_path), **given, **way)
    assert "(the proxy cannot be reached: ConnectionRefusedError)" in done.stdout
    assert "sesame" not in done.stdout


def test_doctor_tells_of_variables_that_name_a_proxy_in_vain(tmp_path: Path) -> None:
    done = lotse(
        "doctor", LOTSE_STATE_DIR=str(tmp_path), https_proxy="http://jane:sesame@proxy", HTTP_PROXY=""
    )
    (told,) = [line for line in done.stdout.splitlines() if "proxy" in line]
    assert told.startswith("ok   https_proxy: without effect here")
    assert "sesame" not in done.stdout
