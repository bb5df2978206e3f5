"""How the tables of version 3 became those of a later one. A new file takes the same steps: an old one and a new one are alike.

A step adds tables and columns and never takes any away: what people did and what was sent is not in the ledger, and stays.
"""

from collections.abc import Iterator

OLDEST = 3

_FLOW = """
ALTER TABLE alarm ADD COLUMN inhibited_by TEXT NOT NULL DEFAULT '';    -- id of the alarm that explains this one
ALTER TABLE alarm ADD COLUMN drill INTEGER NOT NULL DEFAULT 0;         -- an exercise: in no figure and no count
ALTER TABLE alarm ADD COLUMN unstable_ms INTEGER;                      -- it comes and goes: since when; NULL: it does not
ALTER TABLE notice ADD COLUMN drill INTEGER NOT NULL DEFAULT 0;
ALTER TABLE mark ADD COLUMN deaf_ms INTEGER;                          -- since when the hub has no connection to its broker
CREATE TABLE aside(                -- what people put aside: alarms that match are shelved from `from_ms` until `until_ms`
  id TEXT PRIMARY KEY, county TEXT NOT NULL, site TEXT NOT NULL, device TEXT NOT NULL, point TEXT NOT NULL, kind TEXT NOT NULL,
  alarm TEXT NOT NULL, severity TEXT NOT NULL,
  from_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, reason TEXT NOT NULL, actor TEXT NOT NULL,
  made_ms INTEGER NOT NULL, ended_ms INTEGER, ended_by TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE drill(                -- exercises: asked for, begun as an alarm, over
  id TEXT PRIMARY KEY, site TEXT NOT NULL, place TEXT NOT NULL, device TEXT NOT NULL, point TEXT NOT NULL, kind TEXT NOT NULL,
  severity TEXT NOT NULL, value REAL NOT NULL, actor TEXT NOT NULL, reason TEXT NOT NULL, begun_ms INTEGER NOT NULL,
  until_ms INTEGER NOT NULL, alarm TEXT NOT NULL, ended_ms INTEGER, ended_by TEXT NOT NULL) STRICT, WITHOUT ROWID;
"""

_SPEED = """
CREATE TABLE ahead(                -- rows of the ledger beyond the mark that were judged before their turn (see `ahead`)
  position INTEGER PRIMARY KEY) STRICT;
CREATE INDEX notice_state ON notice(state);   -- a partial one is not used for a question with parameters
"""

_PULSE = """
CREATE TABLE pulse(                -- the dead-man's pulse: its newest turn (device time), when that was judged and handed over
  device TEXT NOT NULL, point TEXT NOT NULL, turn_ms INTEGER NOT NULL, judged_ms INTEGER NOT NULL,
  handed_turn_ms INTEGER NOT NULL DEFAULT 0, handed_ms INTEGER NOT NULL DEFAULT 0, PRIMARY KEY(device, point)) STRICT, WITHOUT ROWID;
"""

_SENDING = """
ALTER TABLE notice ADD COLUMN provider TEXT NOT NULL DEFAULT '';       -- whom the last attempt was given to
CREATE TABLE attempt(              -- every hand-over of a notice: to whom, and what became of it; two rows: it may have gone twice
  notice INTEGER NOT NULL, n INTEGER NOT NULL, provider TEXT NOT NULL, begun_ms INTEGER NOT NULL, outcome TEXT NOT NULL,
  reason TEXT NOT NULL, changed_ms INTEGER NOT NULL, PRIMARY KEY(notice, n)) STRICT, WITHOUT ROWID;
CREATE TABLE provider(             -- how what sends messages is
  name TEXT PRIMARY KEY, failures INTEGER NOT NULL, failing_ms INTEGER, down_ms INTEGER,
  tried_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE reply(                -- messages that came in: raw, from whom, and what was done about it; nothing is done twice
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, phone TEXT NOT NULL, person TEXT NOT NULL, text TEXT NOT NULL,
  sent_ms INTEGER NOT NULL, read_ms INTEGER NOT NULL, verdict TEXT NOT NULL, alarm TEXT NOT NULL) STRICT;
"""

_PHONES = """
CREATE TABLE pairing(              -- codes by which a phone is paired with a person, once; only their hashes
  code TEXT PRIMARY KEY, person TEXT NOT NULL, actor TEXT NOT NULL, until_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE phone(                -- paired phones, by the hash of their token
  token TEXT PRIMARY KEY, person TEXT NOT NULL, paired_ms INTEGER NOT NULL, until_ms INTEGER NOT NULL, revoked_ms INTEGER)
  STRICT, WITHOUT ROWID;
CREATE TABLE opened(               -- who looked at which alarm on his phone, and when first
  alarm TEXT NOT NULL, person TEXT NOT NULL, at_ms INTEGER NOT NULL, PRIMARY KEY(alarm, person)) STRICT, WITHOUT ROWID;
CREATE INDEX opened_by ON opened(person);
"""

_MODEL = """
ALTER TABLE alarm ADD COLUMN judged_by TEXT NOT NULL DEFAULT '';       -- profile, version and override
"""

_ROUTES = """
ALTER TABLE alarm ADD COLUMN step INTEGER NOT NULL DEFAULT 0;          -- how many later levels of its route have heard
ALTER TABLE alarm ADD COLUMN step_ms INTEGER;                          -- when a level last heard
ALTER TABLE alarm ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alarm ADD COLUMN repeated_ms INTEGER;
ALTER TABLE notice ADD COLUMN why TEXT NOT NULL DEFAULT '';            -- JSON: what called for it, route, level, roster entry, step
UPDATE alarm SET step_ms = coalesce(escalated_ms, told_ms), repeated_ms = coalesce(escalated_ms, told_ms);
ALTER TABLE mark ADD COLUMN weekly_ms INTEGER;                        -- the Monday morning up to which the week was told
CREATE INDEX notice_of_person ON notice(person, created_ms);
"""

_CHAT = """
ALTER TABLE mark ADD COLUMN chat INTEGER NOT NULL DEFAULT 0;           -- the last notice that was looked at for chat groups
UPDATE mark SET chat = (SELECT coalesce(max(id), 0) FROM notice);
CREATE TABLE chat(                 -- a notice on a further way beside SMS: which conversation, how far it came
  notice INTEGER NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, attempt INTEGER NOT NULL, due_ms INTEGER NOT NULL,
  changed_ms INTEGER NOT NULL, detail TEXT NOT NULL, PRIMARY KEY(notice, channel)) STRICT, WITHOUT ROWID;
CREATE INDEX chat_waiting ON chat(due_ms) WHERE state = 'waiting';
"""

_INDEXES = """
CREATE INDEX alarm_going_on ON alarm(ticket) WHERE condition != 'normal';      -- each tick: in the order of their tickets
CREATE INDEX alarm_going_on_of ON alarm(device, ticket) WHERE condition != 'normal';
CREATE INDEX alarm_unreported ON alarm(ticket) WHERE late = 1 AND told_ms IS NULL AND reported_ms IS NULL;
"""

_ACTS = """
ALTER TABLE mark ADD COLUMN acts INTEGER NOT NULL DEFAULT 0;           -- the last line of acts.jsonl that these tables know
"""

STEPS: dict[int, tuple[str, ...]] = {
    4: (_FLOW, _ROUTES, _SPEED, _PULSE, _SENDING, _PHONES, _CHAT, _MODEL, _INDEXES, _ACTS),
}
"""By the version that a step leads to, its parts, each one idea. A version that was released gets no further parts."""

VERSION = max(STEPS)


def steps_after(version: int) -> Iterator[str]:
    """What leads from a version to the present one, in order."""
    for to in sorted(STEPS):
        if to > version:
            yield from STEPS[to]
