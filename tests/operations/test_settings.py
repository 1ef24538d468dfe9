"""Settings come from the environment; a mistake names the variable and the mend in one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from adapters import settings
from bot.__main__ import main
from bot.errors import ConfigError

TOKEN = "700100:AAEtest-token_with-the-real-shape-0123456789"


def lotse(*arguments: str, **environment: str) -> Result:
    others = {name: None for name in os.environ if name.startswith("LOTSE_")}
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
    examples = {"LOTSE_HTTP_LISTEN": "127.0.0.1:9100", "LOTSE_STATE_DIR": "/s"}
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
    ],
)
def test_a_channel_that_is_half_configured_is_a_mistake(environment: dict[str, str], expected: str) -> None:
    done = lotse("run", **environment)
    assert done.exit_code == 2
    assert expected in done.stderr
    assert "nonsense" not in done.stderr


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
