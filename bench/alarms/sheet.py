"""Figures as text and as a picture. Pure."""

from collections.abc import Sequence

from bench.alarms.goals import Goal, compared
from bench.alarms.run import LARDER, Figures, Wanted
from bench.alarms.score import Score

COLUMNS = (
    "rule set", "dangerous found", "median min", "p90 min", "messages/site/week", "false/10 sites/week", "worst 10 min",
)  # fmt: skip


def text(wanted: Wanted, figures: Figures, goals: Sequence[Goal]) -> str:
    """Everything as Markdown tables."""
    injected = ", ".join(f"{count} {kind}" for kind, count in sorted(figures.injected.items()))
    lines = [
        f"{wanted.days} days, seed {wanted.seed}, {wanted.sites} sites with faults on purpose, "
        f"{wanted.sites} with ordinary life only",
        f"injected: {injected}",
        "",
    ]
    for title, scores in (
        ("both", figures.both),
        ("faults on purpose", figures.faulty),
        ("ordinary life", figures.ordinary),
    ):
        lines += [f"{title}:", "", *_table(COLUMNS, [_row(score) for score in scores.values()]), ""]
    kinds = sorted(figures.injected)
    rows = [
        [kind, str(figures.injected[kind]), *(_of_kind(score, kind) for score in figures.both.values())]
        for kind in kinds
    ]
    lines += ["told / median minutes to the first message, by kind of fault:", ""]
    lines += [*_table(("fault", "injected", *figures.both), rows), ""]
    earlier = [
        [title, "{} of {}".format(*compared(figures.both[LARDER], score))]
        for title, score in figures.both.items() if title != LARDER
    ]  # fmt: skip
    lines += [*_table(("Larder told earlier than", "of what either told"), earlier), ""]
    lines += [f"{wanted.cut_sites} canteens lose their power for {wanted.cut_hours:g} hours:", ""]
    head = (
        "rule set",
        "recipients",
        "messages",
        "most for one",
        "about the cut",
        "last first one after s",
        "dangerous found",
    )
    lines += _table(
        head,
        [
            [
                one.title,
                str(one.recipients),
                str(one.messages),
                str(one.most),
                str(one.most_of_it),
                f"{one.last_s:.0f}",
                f"{one.found} of {one.dangerous}",
            ]
            for one in figures.cut
        ],
    )
    lines += [
        "",
        *_table(("goal", "came", "met"), [[one.wanted, one.came, "met" if one.met else "NOT MET"] for one in goals]),
    ]
    return "\n".join(lines)


def _row(score: Score) -> list[str]:
    minutes = score.minutes()
    median, p90 = ("-", "-") if minutes is None else (f"{minutes[0]:.0f}", f"{minutes[1]:.0f}")
    return [
        score.title, f"{score.found} of {score.dangerous}", median, p90, f"{score.per_site_week:.2f}",
        f"{score.false_per_site_week * 10:.2f}", str(score.worst_ten_minutes),
    ]  # fmt: skip


def _of_kind(score: Score, kind: str) -> str:
    told = sum(one is not None for fault, one in score.firsts.items() if fault.kind == kind)
    minutes = score.minutes(kind)
    return f"{told} / {'-' if minutes is None else f'{minutes[0]:.0f}'}"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *(f"| {' | '.join(row)} |" for row in rows)]


WIDTH, ROW, LEFT, COLORS = (
    860,
    26,
    150,
    {LARDER: "#1b7f5c", "threshold": "#b33a3a", "for 5 min": "#c98a1b", "for 30 min": "#5b6f95"},
)


def picture(figures: Figures) -> str:
    """Bars for each rule set: messages and false ones, then minutes to the first message for each kind of fault."""
    panels: list[tuple[str, list[tuple[str, str, float]]]] = [
        ("messages per site and week", [(title, title, score.per_site_week) for title, score in figures.both.items()]),
        (
            "false messages per ten sites and week",
            [(title, title, score.false_per_site_week * 10) for title, score in figures.both.items()],
        ),
    ]
    for kind in sorted(figures.injected):
        bars = [(title, title, minutes[0]) for title, score in figures.both.items() if (minutes := score.minutes(kind))]
        panels.append((f"{kind}: median minutes to the first message", bars))
    body, y = [], 10
    for heading, bars in panels:
        y += 18
        body.append(f'<text x="10" y="{y}" font-weight="bold">{heading}</text>')
        most = max((value for _, _, value in bars), default=1.0) or 1.0
        for title, color, value in bars:
            y += ROW
            length = (WIDTH - LEFT - 90) * value / most
            body.append(f'<text x="{LEFT - 10}" y="{y}" text-anchor="end">{title}</text>')
            body.append(f'<rect x="{LEFT}" y="{y - 14}" width="{length:.1f}" height="18" fill="{COLORS[color]}"/>')
            body.append(f'<text x="{LEFT + length + 6:.1f}" y="{y}">{value:.3g}</text>')
        y += 14
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {y + 10}" font-family="sans-serif" font-size="13">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{y + 10}" fill="white"/>', *body, "</svg>"]) + "\n"
