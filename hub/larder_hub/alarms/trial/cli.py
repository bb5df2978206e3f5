"""`larder alarms`: try limits, routes and texts before trusting them."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from larder_hub.alarms.trial import replay
from larder_hub.alarms.trial.case_file import Case, CaseError, read_cases
from larder_hub.alarms.trial.report import found_alarm, found_message, table
from larder_hub.alarms.trial.run import Outcome, play
from larder_hub.alarms.trial.stage import Refusal, Scene, scene
from larder_hub.alarms.trial.verdict import judge
from larder_hub.register.refusal import RegisterError

EXIT_FAILED, EXIT_USAGE = 1, 2
_TEXT = "试报警规则：按案例、按历史 / try alarm rules, on cases and on history"
_EPILOG = """\
例 / example:
  larder alarms test deploy/alarm-tests/*.yaml         全部案例 / every case; exit code 1 if one is not as expected
  larder alarms test mine.yaml --show                  也列出得到的 / also what was found
  larder alarms replay --data /var/lib/larder/hub --from 7d --profile mine.yaml      按历史试 / on stored history
"""
_CASES = """\
案例 / a case:
  tests:
    - name: 压缩机停机 / the compressor dies
      start: 2026-11-24 08:00
      points:
        fridge: {profile: fridge.food, name: 冷藏柜2, readings: 4.0x30 4.0+0.2x20 9.1x120}
      acts: {at 130m: ack by zhang}
      expect:
        alarms: [{kind: food, severity: alarm, side: high, t0: 50m, reached: 110m}]
        messages: [{to: zhang, kind: raise, at: 110m, contains: 超温}]
记法 / notation: 4.0x30 三十个 thirty; 4.0+0.2x20 每个多 0.2 each 0.2 more; _x10 没有 none;
  bad(open)x5 坏值 bad; 9.0x2h 两小时 two hours
断线 / a cut line: readings: [4.0x30, {readings: 9.0x60, arrives: 6h}]
"""


def add_parser(subparsers: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    alarms = subparsers.add_parser(
        "alarms", help=_TEXT, description=_TEXT, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    acts = alarms.add_subparsers(title="动作 / acts", dest="act", required=True, metavar="<act>")
    text = "按案例试，时间是虚拟的 / run cases in virtual time"
    test = acts.add_parser(
        "test",
        help=text,
        description=text,
        epilog=_EPILOG + _CASES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    test.add_argument("files", nargs="+", type=Path, metavar="FILE", help="案例文件 / files of cases, YAML")
    replay.add_parsers(acts)
    test.add_argument("--show", action="store_true", help="也列出得到的告警和短信 / also print what was found")


def run(args: argparse.Namespace) -> int:
    """The exit code: 0; 1 if a case is not as expected; 2 with the reason on stderr for a file that cannot be used."""
    if args.act == "test":
        return _test(args.files, show=args.show)
    return {"replay": replay.run_replay, "profile": replay.run_profile}[args.act](args)


def _test(files: Sequence[Path], *, show: bool) -> int:
    failed = count = minutes = 0
    began = time.perf_counter()
    for file in files:
        print(file)
        try:
            for case in read_cases(file):
                stage = _staged(case)
                outcome = play(stage)
                verdict = judge(case.table.expect, outcome, stage)
                print(f"  ✓ {case.table.name}" if verdict.good else f"  ✗ {case.table.name}  ({file}:{case.line})")
                for text in table(verdict, outcome, stage):
                    print(text)
                for text in _shown(outcome, stage) if show else ():
                    print(text)
                count, failed = count + 1, failed + (not verdict.good)
                minutes += (stage.end_ms - stage.start_ms) // 60_000
        except (CaseError, RegisterError) as error:
            print(error, file=sys.stderr)
            return EXIT_USAGE
    took = time.perf_counter() - began
    print(
        f"{count} 例 cases, {failed} 不符 not as expected; {minutes:,} 分钟 minutes in {took:.1f} s ({minutes / took:,.0f}/s)"
    )
    return EXIT_FAILED if failed else 0


def _staged(case: Case) -> Scene:
    try:
        return scene(case.table, case.file.parent)
    except Refusal as refusal:
        raise case.wrong(refusal.key, refusal.problem, refusal.hint) from refusal


def _shown(outcome: Outcome, stage: Scene) -> Iterator[str]:
    for alarm in outcome.alarms:
        yield f"      {found_alarm(alarm, outcome, stage)}"
    for message in outcome.messages:
        yield f"      {found_message(message, stage.start_ms)}"
