"""Simulated hardware: fridges, stores and cameras that a program reads through the real protocols.

The simulator knows nothing of Larder. It imports the standard library and pymodbus, so that it cannot share a mistake
with the agent that reads it.

====================  =================================================================================
``clock``             wall seconds to simulated seconds
``vapour``            water vapour: saturation pressure, relative humidity
``thermal``           one place (fridge, freezer, store, grain bin) stepped through time; pure
``models``            the numbers of each kind of place
``strict_toml``       reading TOML so that every mistake names its file and key
``world``             what exists: sites, devices, places, cameras
``world_file``        a world read from TOML, strictly
``faults``            the ways in which hardware fails
``scenario``          what happens when: doors, power, unplugged sensors; read from TOML, strictly
``plant``             all places of a world under a scenario, advanced through simulated time; no I/O
``modbus_server``     a Modbus TCP gateway with its RS-485 transmitters
``scratchpad``        the nine bytes of a DS18B20 and the text the Linux kernel makes of them
``onewire_tree``      a folder like /sys/bus/w1/devices
``digest``            the server's half of RTSP digest authentication; pure
``rtsp_wire``         RTSP requests in, responses out; pure
``rtsp_camera``       a camera that answers OPTIONS and DESCRIBE
``truth``             the record of what was truly so and what was served
``endpoints``         where everything listens, written when all of it does
``hardware``          gateways, 1-wire folders and cameras of a world, kept in step with the plant
``app``               the straight line that wires one run
``cli``               ``larder sim`` and ``python -m larder_sim``
====================  =================================================================================
"""
