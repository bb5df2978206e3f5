"""Simulated hardware: fridges, stores and cameras that a program reads through the real protocols.

The simulator knows nothing of Larder. It imports the standard library and pymodbus, so that it cannot share a mistake
with the agent that reads it.

====================  =================================================================================
``clock``             wall seconds to simulated seconds
``vapour``            water vapour: saturation pressure, relative humidity, dew point
``noise``             chance as a function of a name and the time
``climate``           the air outside in the four counties, the year of the schools; pure
``weather``           that air over simulated time
``thermal``           one place stepped through time; pure
``kinds``             the kinds of place, one module for each physics
``strict_toml``       reading TOML so that every mistake names its file and key
``world``             what exists: sites, devices, places, cameras
``world_file``        a world read from TOML, strictly
``roster``            many like sites from few lines of TOML
``faults``            the ways in which hardware fails
``steps``             one thing that happens
``scenario``          what happens when, read from TOML, strictly
``habits``            defrosts, meals, people who open doors; pure
``mishaps``           power, links, sensors and compressors that fail by chance; pure
``agenda``            scenario, habits and mishaps in order of time
``food``              when food truly leaves its limits; pure
``occurrences``       what truly happened, from when to when, and what caused an excursion; pure
``live_place``        one place of a running world
``plant``             all places of a world under a scenario, advanced through simulated time; no I/O
``modbus_server``     a Modbus TCP gateway with its RS-485 transmitters
``scratchpad``        the nine bytes of a DS18B20 and the text the Linux kernel makes of them
``onewire_tree``      a folder like /sys/bus/w1/devices
``digest``            the server's half of RTSP digest authentication; pure
``rtsp_wire``         RTSP and HTTP requests in, responses out; pure
``camera_stream``     pictures as RTP packets; pure
``camera_picture``    what a camera sees, as a JPEG; pure
``rtsp_camera``       a camera that streams over RTSP and gives a snapshot over HTTP
``truth``             the record of what was truly so and what was served
``endpoints``         where everything listens, written when all of it does
``reserved_port``     a port that stays ours while nothing listens on it
``uplinks``           the mobile network of each county, in front of a broker
``orders``            what somebody makes happen while the world runs
``hardware``          gateways, 1-wire folders and cameras of a world, kept in step with the plant
``generate``          truth and readings as files, without servers
``app``               the straight line that wires one run
``shipped``           the worlds and scenarios that come with Larder
``cli``               ``larder sim`` and ``python -m larder_sim``; ``generate_cli``: ``larder sim generate``
====================  =================================================================================
"""
