"""The append-only record of what devices signed, and what can be said of it.

schema     the tables of ledger.db, how it is opened
chain      one stream: what is held, how far links are verified, what disagrees
registry   what survives the loss of the ledger, in a second place
safe       how far every state that could come back agrees
streams    the streams of a ledger, loaded when first spoken of
quarantine what proves nothing, within bounds
store      the writer: one group of messages, one transaction
rows       what projections read, and the port they read it through
reading    that port over ledger.db
spans      ranges of numbers, losses that repeat one another
account    stored, awaited, declared lost, unexplained, stream by stream
witness    what the ledger says of when things are missing, and why
"""
