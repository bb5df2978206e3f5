"""The register: counties, sites, places, devices and their keys, points, people and who answers for what.

directory    the register as one frozen value, which the rest of the hub reads
route        which alarm goes to which level, and the defaults
roster       who is on duty when
contents     the register as it is kept and written down: the directory and the counties
refusal      why a file or a change is not taken
shapes       the tables of a register file, each key checked by itself
file         a register file -> contents, its references checked; contents -> file
schema       the tables of hub.db, and how it is opened
rows         contents <-> rows of those tables
store        import as one audited transaction; load
tenure       from when to when readings of a point were expected
cli          `larder hub register`
"""
