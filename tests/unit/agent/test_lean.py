"""What is deferred is not imported by a starting agent, and works as ever for whoever really uses it."""

import subprocess
import sys

STARTED = "from larder_agent import lean; lean.defer(); import larder_agent.app, larder_agent.drivers.modbus_tcp.driver, sys; "


def python(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_starting_agent_does_not_carry_mail_archives_and_http() -> None:
    heavy = "email.message", "zipfile", "http.client", "asyncio", "pymodbus", "PIL"
    assert python(STARTED + f"print([name for name in {heavy} if name in sys.modules])") == "[]"


def test_what_is_deferred_works_at_its_first_use() -> None:
    assert python(STARTED + "import importlib.metadata as m; print(m.version('pydantic').count('.') >= 1)") == "True"
    assert (
        python(STARTED + "import urllib.request; print(urllib.request.Request('http://127.0.0.1/').host)")
        == "127.0.0.1"
    )
    assert (
        python(
            STARTED + "from importlib.metadata import entry_points; print(bool(entry_points(group='console_scripts')))"
        )
        == "True"
    )
    assert (
        python(STARTED + "from larder_agent.drivers.loading import drivers; print('modbus-tcp' in drivers())") == "True"
    )


def test_what_was_imported_before_stays_as_it_was() -> None:
    code = (
        "import urllib.request as before; from larder_agent import lean; lean.defer(); import urllib.request as after; "
    )
    assert python(code + "print(before is after)") == "True"


def test_a_json_schema_is_still_made_by_whoever_asks_for_one() -> None:
    code = (
        STARTED
        + "print('pydantic.json_schema' in sys.modules and type(sys.modules['pydantic.json_schema']).__name__); "
    )
    assert python(code) == "Placeholder"
    asked = "from larder_agent.config import HubConfig; print(HubConfig.model_json_schema()['required'])"
    assert python(STARTED + asked) == "['public_key']"


def test_what_stands_for_a_constant_is_that_constant() -> None:
    said = "print(lean.CONSTANTS['pydantic.json_schema']['DEFAULT_REF_TEMPLATE'] == "
    asked = "lean.real('pydantic.json_schema').DEFAULT_REF_TEMPLATE)"
    assert python(STARTED + said + asked) == "True"


def test_a_service_carries_no_parser_of_commands_and_no_tables_of_scripts() -> None:
    code = STARTED + "import larder_agent.__main__; import socket; from larder_agent.drivers.address import _resolve; "
    code += "_resolve('127.0.0.1', 1, 0); print([one for one in ('argparse', 'unicodedata', 'secrets_') if one in sys.modules])"
    assert python(code) == "[]"
