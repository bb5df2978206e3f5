"""What agent and hub must agree on: the wire and the meaning of a limit. Pure: no I/O, no clock, no logger.

PROTOCOL.md    the wire in words, normative, each requirement with an id
names          identifiers, topics
sizes          every bound on what crosses the wire
units          units of measure
digest         hashes as text
signing        Ed25519 over one line
signed         a signed line that is a whole payload
strict_json    JSON without its holes
refusal        why something is not accepted
header         the entry header, the same in every version
anchor         the time of readings whose clock was not set
columns        readings as delta-coded columns
content        batch, declared loss, adoption, event
absence        what was due and never taken, said by an event
entry          header + content = one line
message        lines + signed trailer = one payload
statement      birth and status
receipt        what the hub answers
limits/        profiles, excursions, silence: when a value asks for an act
"""

__version__ = "0.1.0"
