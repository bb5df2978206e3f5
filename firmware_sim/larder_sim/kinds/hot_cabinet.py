"""A heated cabinet that holds meals above 60 °C. It is on during meals only: in a break it is as cold as the kitchen.

25 kg of food (3.5 kJ/kg/K), a heater of 1.5 kW, an uninsulated glass front. Engineering values as in `fridge`.
"""

from larder_sim.kinds.kind import Kind, Traffic
from larder_sim.thermal import Model

FOOD_C = 75.0
"""What a cooked dish has when it is put in, in °C: above the 70 °C of cooking, below the 89 °C at which water boils here."""

_CABINET = Model(
    air_j_k=15_000,
    mass_j_k=87_500,
    mass_w_k=16,
    wall_w_k=9,
    door_w_k=25,
    cooling_w=-1_500,
    on_c=70.0,
    off_c=74.0,
    coil_c=0,
    coil_per_s=0,
    moist_per_s=1 / 1800,
    contents_rh=60,
    vent_per_s=1 / 600,
    door_vent_per_s=1 / 45,
    probe_s=40,
    probe_in_mass=False,
    noise_c=0.1,
)

HOT_CABINET = Kind(_CABINET, 30.0, traffic=Traffic(40, (5, 20), 0.6, 0.0), meals=True)
