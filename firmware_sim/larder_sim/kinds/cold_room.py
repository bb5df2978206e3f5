"""A walk-in cold room of 12 m³ at 2 to 5 °C with 600 kg of food, a door of 1.5 m² and a defrost every six hours.

Leak: 30 m² of 100 mm panel at 0.22 W/m²K, and bridges. Cooling: a unit of 2.5 kW. Engineering values as in `fridge`.
"""

from larder_sim.kinds.kind import Defrost, Kind, Traffic
from larder_sim.thermal import Model

_ROOM = Model(
    air_j_k=180_000,
    mass_j_k=2_100_000,
    mass_w_k=60,
    wall_w_k=9,
    door_w_k=420,
    cooling_w=2_500,
    on_c=4.2,
    off_c=2.0,
    coil_c=-6.0,
    coil_per_s=1 / 400,
    moist_per_s=1 / 1200,
    contents_rh=88,
    vent_per_s=1 / 14_400,
    door_vent_per_s=1 / 90,
    probe_s=60,
    probe_in_mass=False,
    noise_c=0.08,
)

COLD_ROOM = Kind(
    _ROOM,
    80.0,
    defrost=Defrost(every_s=6 * 3600, lasts_s=15 * 60, heat_w=900),
    traffic=Traffic(35, (20, 90), 0.7, 2.0, warm_load=0.10, load_c=12.0),
)
