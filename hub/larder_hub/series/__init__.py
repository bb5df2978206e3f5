"""The values: a projection of the ledger that answers what a point says now and what it said between two instants.

port       what may be asked, and what every adapter promises
decoded    a ledger row as readings: what both adapters take in
filling    which instants have a reading, and of which word: what completeness counts
retiming   what an anchor does to readings whose clock was not set
memory     the port in memory, for tests and tools
packing    a day of a series as one short blob
sealing    which days are packed, and when they are rows again
schema     the tables of series.db
sqlite     the port over series.db
checking   series.db against the ledger
exporting  readings as CSV, XLSX or Parquet
cli        `larder series check | export`
"""
