"""Units of measure on the wire: names of the SenML registry (RFC 8428 section 12.1, RFC 8798), nothing else."""

UNITS = frozenset({"Cel", "%RH", "V", "A", "W", "s", "ms", "lx", "Pa", "m/s", "%", "%EL", "count", "/"})
"""`/` is a ratio or a yes (1) and no (0), as of a camera that answered its probe or a door that is open."""
