"""Shows the result of an evaluation: tables for the terminal, an HTML page with a picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Self

from rich.table import Table

from bot.errors import ConfigError
from bot.measuring.evaluation import LOWER_IS_BETTER, SHARES, Miss, Result

_CELL, _LEFT, _TOP = 44, 150, 130


def share_table(result: Result) -> Table:
    """Return the shares as a table; those with nothing to count are left out."""
    table = Table(title="Anteile", title_justify="left")
    table.add_column("Anteil")
    table.add_column("Wert", justify="right")
    table.add_column("Fälle", justify="right")
    table.add_column("besser")
    for name, share in result.shares.items():
        if share.total:
            better = "weniger" if name in LOWER_IS_BETTER else "mehr"
            table.add_row(name, f"{share.value:.1%}", f"{share.hits} von {share.total}", better)
    return table


def confusion_table(result: Result) -> Table:
    """Return the confusion of topics: rows are wanted, columns are answered."""
    rows, columns = _axes(result)
    table = Table(title="Verwechslungen (Zeile: gewünscht, Spalte: geantwortet)", title_justify="left")
    table.add_column("")
    for column in columns:
        table.add_column(column[:9], justify="right")
    for row in rows:
        counts = [result.confusion[(row, column)] for column in columns]
        table.add_row(row, *(str(count) if count else "·" for count in counts))
    return table


def miss_lines(result: Result, most: int) -> Iterator[str]:
    """Return the first ``most`` misses as lines, and how many there are in all."""
    for miss in result.misses[:most]:
        yield _line(miss)
    if len(result.misses) > most:
        yield f"… und {len(result.misses) - most} weitere (--misses {len(result.misses)})"


@dataclass(frozen=True, slots=True)
class Limit:
    """A share and how good it has to be, 0 to 1."""

    name: str
    bound: float

    @classmethod
    def read(cls, text: str) -> Self:
        """Read ``share=percent``. Raises ``ConfigError`` for what cannot be read."""
        name, _, percent = (part.strip() for part in text.partition("="))
        try:
            bound = float(percent.rstrip("%")) / 100
        except ValueError:
            bound = -1.0
        if not 0 <= bound <= 1:
            raise ConfigError(f'--fail-under "{text}": erwartet wird etwa "in scope=93".')
        if name not in SHARES:
            raise ConfigError(f'--fail-under: "{name}" gibt es nicht. Möglich: {", ".join(SHARES)}.')
        return cls(name, bound)


def failures(result: Result, limits: Sequence[Limit]) -> list[str]:
    """Return a line for each limit that is not kept."""
    failed = []
    for limit in limits:
        share = result.shares[limit.name]
        is_lower_better = limit.name in LOWER_IS_BETTER
        is_kept = share.value <= limit.bound if is_lower_better else share.value >= limit.bound
        if share.total and not is_kept:
            failed.append(f"{limit.name}: {share.value:.1%}, verlangt {limit.bound:.1%}")
    return failed


def write_html(path: Path, result: Result) -> None:
    """Write a page with the shares, the confusion as a picture (SVG) and every miss."""
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td>{share.value:.1%}</td><td>{share.hits} / {share.total}</td>"
        f"<td>{escape(SHARES[name])}</td></tr>"
        for name, share in result.shares.items()
        if share.total
    )
    misses = "".join(f"<li>{escape(_line(miss))}</li>" for miss in result.misses)
    page = (
        '<!doctype html><html lang="de"><meta charset="utf-8"><title>Bewertung</title>'
        "<style>body{font:16px system-ui;margin:2rem;max-width:70rem}td{padding:.2rem .8rem}"
        "svg text{font:12px system-ui}</style><h1>Bewertung</h1>"
        f"<table>{rows}</table><h2>Verwechslungen</h2>{_picture(result)}"
        f"<h2>Fehlgriffe ({len(result.misses)})</h2><ol>{misses}</ol></html>"
    )
    try:
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: nicht schreibbar ({error.strerror}).") from None


def _line(miss: Miss) -> str:
    wanted = "/".join(filter(None, (",".join(miss.question.topics), ",".join(miss.question.aspects))))
    got = ",".join(miss.reply.topics) or "–"
    return f"{miss.kind}: {miss.question.text[:110]!r} gewünscht {wanted}, war {miss.reply.outcome} {got}"


def _axes(result: Result) -> tuple[list[str], list[str]]:
    rows = sorted({wanted for wanted, _ in result.confusion})
    others = sorted({got for _, got in result.confusion} - set(rows))
    return rows, rows + others


def _picture(result: Result) -> str:
    rows, columns = _axes(result)
    width, height = _LEFT + _CELL * len(columns), _TOP + _CELL * len(rows)
    parts = [f'<svg width="{width}" height="{height}" role="img" aria-label="Verwechslungsmatrix">']
    for x, column in enumerate(columns):
        at = _LEFT + x * _CELL + _CELL // 2
        parts.append(
            f'<text x="{at}" y="{_TOP - 8}" transform="rotate(-50 {at} {_TOP - 8})">{escape(column)}</text>'
        )
    for y, row in enumerate(rows):
        parts += _picture_row(result, row, columns, _TOP + y * _CELL)
    return "".join([*parts, "</svg>"])


def _picture_row(result: Result, row: str, columns: Sequence[str], top: int) -> Iterable[str]:
    total = sum(result.confusion[(row, column)] for column in columns) or 1
    yield f'<text x="{_LEFT - 8}" y="{top + 27}" text-anchor="end">{escape(row)}</text>'
    for x, column in enumerate(columns):
        count = result.confusion[(row, column)]
        colour = "0,110,60" if row == column else "190,30,30"
        shade = count / total if row == column else min(1.0, 3 * count / total)
        left = _LEFT + x * _CELL
        yield (
            f'<rect x="{left}" y="{top}" width="{_CELL - 2}" height="{_CELL - 2}" '
            f'fill="rgba({colour},{shade:.2f})" stroke="#ccc"/>'
        )
        if count:
            yield f'<text x="{left + _CELL // 2}" y="{top + 27}" text-anchor="middle">{count}</text>'
