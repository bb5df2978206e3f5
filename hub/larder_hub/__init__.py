"""The hub: takes entries from the broker, keeps them, answers with receipts, and computes everything else from the ledger.

app            build(config): the map of the program
config         the hub's TOML file
metrics        every counter, declared once
failures       what ends the hub because of a disk
tasks          named threads; the first that fails stops the program
directories    the register in force, read again when it changes
key            the hub's own key
backups/       restore points, restore, one hub at a time
register/      who and what there is (hub.db)
ingest/        broker -> intake -> ledger -> PUBACK and receipt
ledger/        the append-only record (ledger.db), chains, the gap account
projections/   the runner that carries ledger rows to what is computed from them
series/        values (series.db)
alarms/        transitions, open alarms, silence (alarms.db)
notices/       who is told, and whether it arrived
web/           JSON API and status page
cli            `larder hub`
"""
