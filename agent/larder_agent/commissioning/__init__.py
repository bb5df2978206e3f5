"""What a fitter needs on site, before there is a configuration: which drivers there are, what hangs on this machine, does it answer.

cli.py         `larder agent drivers`, `probe` and `scan`
listing.py     the drivers and the register maps, with where their documents are
assignments.py key=value words of a command line as a settings table
probing.py     one reading of one driver, in words
scanning.py    what a scan finds, and how it tells its progress
local_scan.py  what stands ready on this machine
serial_scan.py Modbus units on a serial line
network_scan.py  Modbus and RTSP in a network

Nothing here is imported by a running agent.
"""
