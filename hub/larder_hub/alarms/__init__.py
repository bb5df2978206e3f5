"""Alarms: computed from the ledger and the register, kept in alarms.db, acted upon by people.

rules        the figures of larder_core.limits in the time of this hub's world
timing       which device time the hub believes, and when a batch is late
kinds        what an alarm can be about, one list for all
judge        pure: a point's state and its readings -> its new state and what happened
lanes        entries that came ahead of a hole are judged at once, and once more in order when it is filled
schema       the tables of alarms.db
upgrade      what each version added to them
turnstile    who writes alarms.db next, in the order of asking
acts         acts.jsonl: what people did, each line with the hash of the one before
taken        acts.jsonl and alarms.db: every act goes to both
ahead        pure: which rows are judged before their turn, past a backlog
alarm        one alarm as a value
journal      reading and writing alarms, transitions, states and notices inside one transaction
watch        pure: who is silent, judged from the register
hearing      silences as alarms
doubt        many silent at once: the hub doubts itself first
causes       pure: which alarm explains which
showing      what of the open alarms is shown, and why not
aside        what people put aside: matchers, an end, and what is never put aside
shelves      putting aside and taking back
drills       exercises
storm        pure: many devices of a county that fell silent together
routes       who is told about what
telling      alarm -> notices
projection   the port `Projection`: rows and ticks in, one transaction each
channels     a provider of messages that is down, and its recovery
incidents    quarantine and fork, reported by the ledger's side
book         what the web reads, and acknowledgement
"""
