"""``lotse doctor`` and ``lotse config``: is the set-up sound, and which settings are in force."""

from __future__ import annotations

import asyncio
import os
import sys

import click

from adapters import doctor as clinic
from adapters import listening
from adapters.base import Finding
from adapters.settings import Settings
from bot.command_line import usage
from bot.command_line.assembly import content_folder, read_settings
from bot.command_line.channels import read_channels
from bot.content import loading
from bot.errors import ConfigError, KnowledgeError


@usage.command()
def doctor() -> None:
    """Examine content, state folder and channels; exit with status 2 if something is wrong."""
    settings = read_settings()
    channels, refused = read_channels(settings)
    findings: list[Finding] = [
        _content(settings),
        *clinic.state_folder(settings.state_folder),
        *_listening(settings["LOTSE_HTTP_LISTEN"]),
        *(() if refused else clinic.redis(settings["LOTSE_REDIS_URL"])),
        *clinic.proxies(os.environ),
        *(Finding(False, str(error)) for error in refused),
    ]
    for name, (_, own) in channels.items():
        findings += asyncio.run(clinic.channel(name, own))
    if not channels and not refused:
        findings.append(
            Finding(False, "No channel is configured: set LOTSE_TELEGRAM_TOKEN or LOTSE_MATRIX_…")
        )
    for finding in findings:
        click.echo(f"{'ok ' if finding.sound else 'BAD'}  {finding.text}")
    sys.exit(0 if all(finding.sound for finding in findings) else 2)


@usage.command()
def config() -> None:
    """Print every setting, and what is wrong with those of channels."""
    settings = read_settings()
    for name, text, origin in settings.shown():
        click.echo(f"{name}={text}" + ("" if origin == "default" else f"    # {origin}"))
    _, refused = read_channels(settings)
    for error in refused:
        click.echo(f"lotse: {error}", err=True)
    sys.exit(2 if refused else 0)


def _content(settings: Settings) -> Finding:
    """Return what a doctor says of the content."""
    folder = content_folder(settings)
    try:
        content = loading.read_folder(folder)
    except KnowledgeError as error:
        many = f"mistakes ({len(error.mistakes)}), which lotse check lists"
        return Finding(False, f"The content in {folder} has {many}; the first is {error.mistakes[0]}")
    except ConfigError as error:
        return Finding(False, f"LOTSE_KNOWLEDGE_DIR: {error}" if settings.knowledge_folder else str(error))
    off = f" Switched off: {', '.join(content.off.names)}." if content.off.names else ""
    return Finding(True, f"The content in {folder} has no mistakes ({len(content.topics)} topics).{off}")


def _listening(listen: tuple[str, int] | None) -> list[Finding]:
    """Return what a doctor says of where health and metrics listen, if anywhere."""
    if listen is None:
        return []
    return [Finding(*listening.examine(listen))]
