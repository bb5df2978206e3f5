"""The kinds of place, in numbers: one module for each physics, and the table of them all.

=================  ==========================================================
``kind``           what makes a kind: heat, defrost, the habits of people
``fridge``         refrigerators: upright, for fresh meat, for samples, for medicine
``freezer``        freezers with defrost
``cold_room``      walk-in cold rooms with defrost
``hot_cabinet``    heated cabinets, on during meals
``dry_store``      rooms that follow the building
``grain``          a bin's air and heap as two nodes
``heap``           the temperatures along the cables in a heap
=================  ==========================================================
"""

from collections.abc import Mapping
from types import MappingProxyType

from larder_sim.kinds.cold_room import COLD_ROOM
from larder_sim.kinds.dry_store import DRY_STORE, SALES_ROOM
from larder_sim.kinds.freezer import FREEZER
from larder_sim.kinds.fridge import FRIDGE, MEAT_FRIDGE, MEDICINE_FRIDGE, SAMPLE_FRIDGE
from larder_sim.kinds.grain import GRAIN_BIN, GRAIN_HOUSE
from larder_sim.kinds.hot_cabinet import HOT_CABINET
from larder_sim.kinds.kind import Kind

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "fridge": FRIDGE,
        "meat-fridge": MEAT_FRIDGE,
        "sample-fridge": SAMPLE_FRIDGE,
        "medicine-fridge": MEDICINE_FRIDGE,
        "freezer": FREEZER,
        "cold-room": COLD_ROOM,
        "hot-cabinet": HOT_CABINET,
        "dry-store": DRY_STORE,
        "sales-room": SALES_ROOM,
        "grain-bin": GRAIN_BIN,
        "grain-house": GRAIN_HOUSE,
    }
)
