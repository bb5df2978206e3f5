"""Grain: a bin of 500 t of wheat (1.9 kJ/kg/K) as two nodes. Its time constant is months. What cables in the heap read: see `heap`.

`GRAIN_BIN` has its probe in the heap; `GRAIN_HOUSE` has it in the air above the heap, beside cables.
"""

from dataclasses import replace

from larder_sim.kinds.kind import Kind
from larder_sim.thermal import Model

_BIN = Model(
    air_j_k=1_000_000,
    mass_j_k=950_000_000,
    mass_w_k=200,
    wall_w_k=100,
    door_w_k=400,
    cooling_w=0,
    on_c=0,
    off_c=0,
    coil_c=0,
    coil_per_s=0,
    moist_per_s=1 / 3600,
    contents_rh=58,
    vent_per_s=1 / 43_200,
    door_vent_per_s=1 / 600,
    probe_s=300,
    probe_in_mass=True,
    noise_c=0.02,
)

GRAIN_BIN = Kind(_BIN, 58.0)
GRAIN_HOUSE = Kind(replace(_BIN, mass_w_k=120, wall_w_k=260, probe_in_mass=False), 58.0)
