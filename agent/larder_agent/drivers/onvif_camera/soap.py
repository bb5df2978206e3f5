"""SOAP 1.2 as ONVIF cameras speak it: one question, one answer, as bytes. No I/O.

Who asks is proved with the digest of the WS-Security username token profile 1.1: base64(SHA-1(nonce + created + password)), so that
the password does not travel. XML is read by the parser of the standard library, behind a gate: no document type, so no entities.
"""

import base64
import hashlib
import re
from typing import NamedTuple
from xml.etree import ElementTree

from larder_agent.drivers.camera.digest import Credentials
from larder_agent.drivers.camera.line import BadAnswer

LONGEST = 256 * 1024
ENVELOPE = "http://www.w3.org/2003/05/soap-envelope"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
DIGEST = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
BASE64 = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
CONTENT_TYPE = "application/soap+xml; charset=utf-8"
ENCODING = re.compile(rb"""<\?xml[^>]*encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")


class Fault(Exception):
    """The camera understood the question and gives no answer. `word`: the last part of the fault's innermost code."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class Token(NamedTuple):
    """What makes one question fresh: sixteen random bytes, and the time by the camera's clock, as 2026-11-24T12:30:00Z."""

    nonce: bytes
    created: str


def write_question(body: str, credentials: Credentials | None, token: Token) -> bytes:
    """`body`: the question's element, as XML of our own."""
    head = "" if credentials is None else _security(credentials, token)
    text = f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{ENVELOPE}"><s:Header>{head}</s:Header>'
    return f"{text}<s:Body>{body}</s:Body></s:Envelope>".encode()


def escape(text: str) -> str:
    """For the text of an element. That of `xml.sax.saxutils` brings `urllib.request` along, 3 MB."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _security(credentials: Credentials, token: Token) -> str:
    digest = hashlib.sha1(token.nonce + (token.created + credentials.password).encode(), usedforsecurity=False).digest()
    return (
        f'<w:Security s:mustUnderstand="1" xmlns:w="{WSSE}" xmlns:u="{WSU}"><w:UsernameToken>'
        f"<w:Username>{escape(credentials.username)}</w:Username>"
        f'<w:Password Type="{DIGEST}">{base64.b64encode(digest).decode()}</w:Password>'
        f'<w:Nonce EncodingType="{BASE64}">{base64.b64encode(token.nonce).decode()}</w:Nonce>'
        f"<u:Created>{token.created}</u:Created></w:UsernameToken></w:Security>"
    )


def read_answer(octets: bytes) -> ElementTree.Element:
    """The content of the body. Raises Fault for a SOAP fault, BadAnswer for what is no SOAP."""
    body = _child(read_xml(octets), "Body")
    if body is None or len(body) == 0:
        raise BadAnswer("an envelope without a body")
    content = body[0]
    if local(content.tag) == "Fault":
        codes = [one.text or "" for one in content.iter() if local(one.tag) in ("Value", "faultcode")]
        raise Fault(codes[-1].rpartition(":")[2].strip()[:64] if codes else "")
    return content


def read_xml(octets: bytes) -> ElementTree.Element:
    """Raises BadAnswer for what is not XML in UTF-8, has a document type, or is too long."""
    encoding = ENCODING.match(octets.lstrip(b"\xef\xbb\xbf \r\n\t"))
    if len(octets) > LONGEST or b"\0" in octets or b"<!DOCTYPE" in octets or b"<!ENTITY" in octets:
        raise BadAnswer("XML that is too long, or with a document type")
    if encoding is not None and encoding[1].lower() not in (b"utf-8", b"us-ascii"):
        raise BadAnswer("XML in an encoding of its own")
    try:
        return ElementTree.fromstring(octets.strip())
    except (ElementTree.ParseError, ValueError, LookupError):
        raise BadAnswer("no XML") from None


def local(tag: str) -> str:
    """Without its namespace: cameras disagree about versions of those."""
    return tag.rpartition("}")[2]


def texts(element: ElementTree.Element, *path: str) -> list[str]:
    """The texts of all elements that `path` leads to, by local names, from anywhere below `element`."""
    found = [one for one in element.iter() if local(one.tag) == path[0]]
    for name in path[1:]:
        found = [child for one in found for child in one if local(child.tag) == name]
    return [(one.text or "").strip() for one in found]


def _child(element: ElementTree.Element, name: str) -> ElementTree.Element | None:
    return next((child for child in element if local(child.tag) == name), None)
