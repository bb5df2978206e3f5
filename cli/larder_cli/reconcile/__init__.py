"""Balancing the books from outside: what agents sealed against what the hub holds, read from their files alone.

Shares no code with agent or hub, on purpose: it opens the SQLite files, reads the entry lines as JSON and hashes them itself, so
that a mistake in the codec or in the account cannot hide itself here.

    lines      an entry line, read without our codec
    outboxes   what devices sealed and still hold
    ledger     what the hub holds
    signatures whether each line is one that its device signed
    balance    produced = stored + declared lost + held, each stored once
    cli        `larder reconcile`
"""
