"""What the hub wants of devices: their configuration, retained, and commands, each answered. PROTOCOL.md [D1] to [D12].

wanted    pure: the configuration of a device, from the register
book      configurations and commands in the registry, with what devices say of them
desk      the ingest thread's part: hears devices, publishes what is new
orders    a command as an operator gives it: numbered, dated, signed
reading   the same for the web
cli       `larder hub command`, `commands` and `configs`
"""
