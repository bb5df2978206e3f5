"""What Modbus over TCP and over a serial line have in common. Not a driver by itself.

points.py      a point and where its number stands; the tables [[point]] and [[unit]] of the settings
register.py    one number in the registers, as a table describes it
maps.py        a transmitter described by a file: its points, and where that is known from
map_file.py    the text of such a file; PyYAML is imported here, and only when a map is named
maps/          the maps that Larder ships
blocks.py      which registers are read in one request
pdu.py         what is asked and answered, as bytes: pure
registers.py   registers to a Sample
failure.py     no registers, why, and which other points that speaks for
polling.py     read(): every block once
"""
