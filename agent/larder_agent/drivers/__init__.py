"""How the agent asks sensors and cameras. One folder a driver: its code, a commented `sample.toml`, a README, and cases.

    port.py          what the agent demands of a driver: PointSpec, Sample, Driver; what a driver may ask: SecretReader
    loading.py       which drivers are installed, and opening one by its name
    settings.py      typed reading of a settings table, which refuses what it does not know
    secret_files.py  secrets that stand in files of their own
    quality.py       physical ranges and the numbers that transmitters send when they have no sensor
    words.py         quality words as sentences
    address.py       names to addresses, and TCP connections, both in bounded time
    files.py         numbers in the small files of the kernel
    camera/          what the camera drivers share: addresses, proof, states and reasons
    gpio/            digital inputs: a door, mains
    http_camera/     the heartbeat of a camera by its snapshot
    hwmon/           sensor chips that the kernel knows
    modbus/          what the two Modbus drivers share, and the register maps of transmitters
    modbus_rtu/      transmitters and grain cables on RS-485, through a serial port
    modbus_tcp/      Modbus TCP devices, and RS-485 ones behind a gateway
    mqtt_source/     what other people's devices publish over MQTT
    onewire/         DS18B20 on the kernel's 1-wire bus
    onvif_camera/    the same of a camera that is asked where its snapshot is
    power/           mains, battery, UPS
    rtsp_camera/     the heartbeat of a camera by its stream
    sht/             SHT3x and SHT4x on I2C
    pulse/           a reading that turns, for `larder watch` to miss
    system/          this machine itself: disk, clock, link

Drivers are imported only when one is opened, so that a device pays memory for those it uses.
"""
