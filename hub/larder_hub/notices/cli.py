"""`larder hub sms`: the texts as a provider wants them for approval, and how the channels stand."""

import argparse
from pathlib import Path

from larder_hub.config import HubConfig
from larder_hub.notices.characters import utf16_units
from larder_hub.notices.standing import standing
from larder_hub.notices.templates import MAXIMA, Provider, Template, faults, named, templates
from larder_hub.notices.texts import Language, Letterhead

ACTS = ("sms",)
_EPILOG = """\
例 / example:
  larder hub sms templates --config /etc/larder/hub.toml                       报审用的模板 / the templates to submit
  larder hub sms templates --provider tencent --config /etc/larder/hub.toml
  larder hub sms status --config /etc/larder/hub.toml                          通道现状 / how the channels stand

签名和模板的审核要数天到数周，上线前先办 / approval of signature and templates takes days to weeks: start before going live.
"""


def add_parsers(acts: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    text = "短信模板与通道 / templates and channels of messages"
    sms = acts.add_parser(
        "sms", help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    inner = sms.add_subparsers(title="动作 / acts", dest="sms_act", required=True, metavar="<act>")
    text = "打印报审模板 / print the templates as one submits them"
    act = inner.add_parser(
        "templates", help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    act.add_argument("--config", required=True, metavar="FILE", help="配置文件 / the hub's TOML file", type=Path)
    act.add_argument("--provider", choices=("aliyun", "tencent"), default="aliyun", help="哪一家 / for which provider")
    act.add_argument("--language", choices=("zh", "en"), default="zh", help="哪种语言 / in which language")
    text = "通道现状与上限 / how the channels stand, and their limits"
    act = inner.add_parser(
        "status", help=text, description=text, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    act.add_argument("--config", required=True, metavar="FILE", help="配置文件 / the hub's TOML file", type=Path)


def run(config: HubConfig, args: argparse.Namespace) -> int:
    """1 where the provider would refuse a template."""
    if args.sms_act == "status":
        print("\n".join(standing(config)))
        return 0
    return _templates(Letterhead.of(config.sms), args.provider, args.language)


def _templates(letterhead: Letterhead, provider: Provider, language: Language) -> int:
    listed = templates(letterhead, language)
    print(f"签名 / signature: {letterhead.signature}    固定链接 / constant link: {letterhead.link}")
    print("类型 / type: 通知短信 / notification\n")
    wrong = 0
    for template in listed:
        problems = faults(template, provider, letterhead)
        wrong += bool(problems)
        _print(template, provider, letterhead, problems)
    print(f"{len(listed)} 个模板，{wrong} 个不合规 / {len(listed)} templates, {wrong} that would be refused")
    print(f"批准后填入 / once approved, in the configuration: [sms.{provider}.templates]")
    return 1 if wrong else 0


def _print(template: Template, provider: Provider, letterhead: Letterhead, problems: list[str]) -> None:
    print(f"[{named(template)}]")
    print(f"  {template.for_provider(provider)}")
    names = template.fields
    marks = names if provider == "aliyun" else [f"{n}={name}" for n, name in enumerate(names, 1)]
    print("  变量 / fields: " + "  ".join(f"{mark}≤{MAXIMA[name]}" for mark, name in zip(marks, names, strict=True)))
    example = template.example()
    length = utf16_units(f"【{letterhead.signature}】{example}")
    print(f"  例 / example: {example}  ({length} 字 / characters)")
    for problem in problems:
        print(f"  ! {problem}")
    print()
