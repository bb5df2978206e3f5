"""What a command and its reply may hold. [D6] [D10] [D12]"""

import pytest
from pydantic import ValidationError

from larder_core.command import FORMS, Args, Command, Reply, read_reply, write_reply
from larder_core.signing import Key, PublicKey, to_text
from larder_core.sizes import MAX_MESSAGE, MAX_PICTURE

KEY = Key(bytes([7]) * 32)


def command(name: str, **args: object) -> Command:
    return Command.model_validate(
        {"command": 1, "device": "box-1", "number": 1, "issued": 0, "expires": 1, "boot": None, "up": None, "name": name,
         "args": Args.model_validate(args)}
    )  # fmt: skip


def test_the_largest_picture_fits_a_message() -> None:
    """[D11]"""
    reply = Reply(reply=1, device="d" * 32, number=2**53 - 1, name="inspect-now", outcome="done", reason="",
                  found={}, picture=to_text(bytes(MAX_PICTURE)))  # fmt: skip
    line = write_reply(reply, KEY)
    assert len(line) < MAX_MESSAGE
    assert read_reply(line, PublicKey(KEY.public), "d" * 32) == reply


@pytest.mark.parametrize("name", FORMS)
def test_every_command_needs_what_its_form_says(name: str) -> None:
    values = {"count": 1, "still": ["cam"], "picture": False, "authority": "x", "first": 1, "last": 1, "seconds": 1}
    needed, allowed = FORMS[name]
    assert command(name, **{key: values[key] for key in needed}).name == name
    assert command(name, **{key: values[key] for key in needed | allowed}).args.given() == needed | allowed
    for key in values.keys() - needed - allowed:
        with pytest.raises(ValidationError, match="takes"):
            command(name, **{one: values[one] for one in needed}, **{key: values[key]})
    for key in needed:
        with pytest.raises(ValidationError, match="takes"):
            command(name, **{one: values[one] for one in needed - {key}})
