"""The append-only record of what devices signed, and what can be said of it.

    schema     the tables of ledger.db, how it is opened
    chain      one stream: what is held, how far links are verified, what disagrees
    store      the writer: one group of messages, one transaction
    rows       what projections read, and the port they read it through
    reading    that port over ledger.db
    account    stored, awaited, declared lost, unexplained
"""
