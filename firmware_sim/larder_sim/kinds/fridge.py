"""Refrigerators at 0 to 8 °C: upright, for fresh meat, for retained samples, for medicine.

Capacities: mass times 3.5 kJ/kg/K for moist food (4.2 for aqueous medicine). Leaks: nominal losses of a static cabinet of that
volume (about 2 kWh a day for 1,000 litres at 20 K difference gives 2.5 to 4 W/K). Cooling: rated power of the usual compressor.
Engineering values, chosen so that the figures in `firmware_sim/README.md` hold; `tests/unit/sim/test_thermal.py` measures them.
"""

from dataclasses import replace

from larder_sim.kinds.kind import Kind, Traffic
from larder_sim.thermal import Model

# A 1 000 litre upright canteen refrigerator with about 60 kg of moist food.
_UPRIGHT = Model(
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

# A 250 litre cabinet with boxes of 125 g a dish: about 12 kg.
_SAMPLE = replace(
    _UPRIGHT, air_j_k=20_000, mass_j_k=42_000, mass_w_k=4, wall_w_k=1.2, door_w_k=45, cooling_w=180, on_c=4.8, off_c=3.2
)

# A 400 litre medicine cabinet with forced air and a narrow thermostat: 30 kg of aqueous goods.
_MEDICINE = replace(
    _UPRIGHT, air_j_k=25_000, mass_j_k=126_000, mass_w_k=9, wall_w_k=1.5, door_w_k=60, cooling_w=250, on_c=5.5, off_c=4.2,
    contents_rh=60, noise_c=0.04,
)  # fmt: skip

# The upright one set colder, for fresh meat and milk.
_MEAT = replace(_UPRIGHT, on_c=3.2, off_c=1.4)

FRIDGE = Kind(_UPRIGHT, 75.0, traffic=Traffic(45, (8, 40), 0.8, 3.0, warm_load=0.15, load_c=14.0))
SAMPLE_FRIDGE = Kind(_SAMPLE, 75.0, traffic=Traffic(8, (8, 30), 0.7, 0.5, warm_load=0.0))
MEAT_FRIDGE = Kind(_MEAT, 80.0, traffic=Traffic(25, (8, 30), 0.7, 1.5, warm_load=0.2, load_c=7.0))
MEDICINE_FRIDGE = Kind(_MEDICINE, 55.0, traffic=Traffic(12, (5, 20), 0.6, 0.3))
