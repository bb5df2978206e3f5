"""Freezers at -18 °C with a heater that defrosts them three times a day.

80 kg of frozen goods (2 kJ/kg/K); two thirds of it is water, whose heat of melting (334 kJ/kg) is spread over -5 to -0.5 °C, where
meat thaws. Defrost: 20 minutes at 350 W is what makers of static cabinets state. Engineering values as in `fridge`.
"""

from larder_sim.kinds.kind import Defrost, Kind, Traffic
from larder_sim.thermal import Model

_CABINET = Model(
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
    melt_j=17_800_000,
)

FREEZER = Kind(
    _CABINET,
    70.0,
    defrost=Defrost(every_s=8 * 3600, lasts_s=20 * 60, heat_w=350),
    traffic=Traffic(12, (10, 40), 0.7, 1.5, warm_load=0.04, load_c=-12.0),
)
