"""The command line: a table of the commands, and where each of them is found."""

from __future__ import annotations

import click

from bot.command_line.usage import Commands, Entry

COMMANDS = {
    "chat": Entry("asking", "Unterhaltung im Terminal, ohne Konto und ohne Netz.", "Auch: nur „lotse“."),
    "ask": Entry("asking", "Eine Antwort auf TEXT geben.", "Mit --jsonl viele von der Standardeingabe."),
    "check": Entry(
        "editing",
        "Den Inhalt prüfen, den mitgelieferten oder den in ORDNER.",
        "Jeder Fehler wird mit Datei, Zeile, Spalte und Abhilfe genannt; ohne Fehler folgen Hinweise.",
    ),
    "evaluate": Entry(
        "editing",
        "Etikettierte Fragen und Dialoge bewerten.",
        "Gezeigt werden Anteile, Verwechslungen und Fehlgriffe.",
    ),
    "run": Entry("serving", "Alle eingerichteten Kanäle bedienen, bis SIGTERM oder Strg-C."),
    "health": Entry("health", "Das laufende Programm fragen, ob es ihm gut geht.", "Status 0: ja, 1: nein."),
    "doctor": Entry(
        "examining",
        "Die Einrichtung prüfen, ohne jemandem zu schreiben.",
        "Geprüft werden Inhalt, Zustandsordner und Kanäle.",
    ),
    "config": Entry(
        "examining",
        "Zeigen, welche Einstellungen gelten.",
        "Mit ihrer Herkunft; Geheimnisse sind geschwärzt.",
    ),
    "learn": Entry(
        "learning", "Den Inhalt lernen und das Gelernte für den nächsten Start ablegen.", is_hidden=True
    ),
}
"""The commands by name, in the order of the help page."""


@click.group(
    cls=Commands,
    table=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="sicherheitslotse", prog_name="lotse")
@click.pass_context
def main(context: click.Context) -> None:
    """Sicherheitslotse: Auskunft zu Sicherheitsangeboten für kommunale Ämter und Mandate."""
    if context.invoked_subcommand is None:
        context.invoke(COMMANDS["chat"].command("chat"))


if __name__ == "__main__":
    main(prog_name="lotse")
