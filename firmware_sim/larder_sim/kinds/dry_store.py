"""Rooms without a thermostat of their own: dry stores, and the sales room of a pharmacy. They follow the building over hours.

A masonry room of 40 m³ with sacks and tins (or shelves). Engineering values as in `fridge`.
"""

from dataclasses import replace

from larder_sim.kinds.kind import Kind, Traffic
from larder_sim.thermal import Model

_STORE = Model(
    air_j_k=400_000,
    mass_j_k=6_000_000,
    mass_w_k=150,
    wall_w_k=60,
    door_w_k=200,
    cooling_w=0,
    on_c=0,
    off_c=0,
    coil_c=0,
    coil_per_s=0,
    moist_per_s=1 / 7200,
    contents_rh=45,
    vent_per_s=1 / 10_800,
    door_vent_per_s=1 / 300,
    probe_s=60,
    probe_in_mass=False,
    noise_c=0.05,
)

DRY_STORE = Kind(_STORE, 42.0, traffic=Traffic(10, (30, 240), 0.8, 1.0))
SALES_ROOM = Kind(replace(_STORE, wall_w_k=120, vent_per_s=1 / 3600, contents_rh=35), 35.0)
