"""The kinds of place, in numbers. Engineering values for the equipment of a school kitchen, chosen so that the figures
in `firmware_sim/README.md` hold; `tests/unit/sim/test_thermal.py` measures them."""

from collections.abc import Mapping
from types import MappingProxyType

from larder_sim.thermal import Model

# A 1 000 litre upright canteen refrigerator with about 60 kg of moist food (3.5 kJ/kg/K).
_FRIDGE = Model(
    air_j_k=40_000,
    mass_j_k=210_000,
    mass_w_k=10,
    wall_w_k=2.5,
    door_w_k=100,
    cooling_w=600,
    on_c=5.0,
    off_c=3.0,
    coil_c=-6.0,
    coil_per_s=1 / 300,
    moist_per_s=1 / 900,
    contents_rh=85,
    vent_per_s=1 / 7200,
    door_vent_per_s=1 / 60,
    probe_s=40,
    probe_in_mass=False,
    noise_c=0.06,
)

# The same body with 80 kg of frozen goods (2 kJ/kg/K). Melting is left out: it only matters after hours.
_FREEZER = Model(
    air_j_k=40_000,
    mass_j_k=160_000,
    mass_w_k=10,
    wall_w_k=2.0,
    door_w_k=90,
    cooling_w=800,
    on_c=-17.8,
    off_c=-19.2,
    coil_c=-28.0,
    coil_per_s=1 / 300,
    moist_per_s=1 / 3600,
    contents_rh=80,
    vent_per_s=1 / 7200,
    door_vent_per_s=1 / 60,
    probe_s=40,
    probe_in_mass=False,
    noise_c=0.06,
)

# A masonry room of 40 m³ with sacks and tins; follows the building over hours.
_DRY_STORE = Model(
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

# A bin with 500 t of wheat (1.9 kJ/kg/K): its time constant is months, and the cable's probe sits in the heap.
_GRAIN_BIN = Model(
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

MODELS: Mapping[str, Model] = MappingProxyType(
    {"fridge": _FRIDGE, "freezer": _FREEZER, "dry-store": _DRY_STORE, "grain-bin": _GRAIN_BIN}
)

START_RH: Mapping[str, float] = MappingProxyType(
    {"fridge": 75.0, "freezer": 70.0, "dry-store": 42.0, "grain-bin": 58.0}
)
"""%RH with which a place of each model starts."""
