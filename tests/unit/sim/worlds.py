"""A small world for tests, as text that a test may spoil, and the files that come with Larder."""

from pathlib import Path

from larder_sim.world import World
from larder_sim.world_file import load_world

FIRMWARE_SIM = Path(__file__).parents[3] / "firmware_sim"
DEMO_WORLD = FIRMWARE_SIM / "worlds" / "demo.toml"
DEMO_SCENARIO = FIRMWARE_SIM / "scenarios" / "demo.toml"
QUIET_SCENARIO = FIRMWARE_SIM / "scenarios" / "quiet.toml"

SMALL = """\
[world]
county = "632224"
name_zh = "刚察县"
name_en = "Gangcha County"
base_port = 15020
local_start = "11:00"

[[site]]
id = "school"
kind = "canteen"
name_zh = "一小食堂"
name_en = "School One canteen"
person = { id = "li", name_zh = "李", name_en = "Li", phone = "+8613900000001" }

  [[site.room]]
  id = "kitchen"
  mean_c = 24.5
  swing_c = 2.5
  rh_percent = 35.0

  [[site.device]]
  id = "box"

  [[site.gateway]]
  id = "gw"
  device = "box"
  port_offset = 0

  [[site.place]]
  id = "fridge-1"
  device = "box"
  name_zh = "冷藏柜1"
  name_en = "Fridge 1"
  model = "fridge"
  room = "kitchen"
  read = { via = "modbus", gateway = "gw", unit = 1, humidity = true }
  period_s = 1.0
  profile = "fridge.food"
  watch_c = [8.0]

  [[site.place]]
  id = "freezer-1"
  device = "box"
  name_zh = "冷冻柜1"
  name_en = "Freezer 1"
  model = "freezer"
  room = "kitchen"
  read = { via = "onewire", rom = "28-0316a2795f01" }
  period_s = 1.0
  profile = "freezer"

  [[site.place]]
  id = "store"
  device = "box"
  name_zh = "干货库"
  name_en = "Dry store"
  model = "dry-store"
  room = "kitchen"
  read = { via = "modbus", gateway = "gw", unit = 2, humidity = false }
  period_s = 1.0
  profile = "store.dry"

  [[site.camera]]
  id = "cam"
  device = "box"
  name_zh = "灶台摄像"
  name_en = "Stove camera"
  port_offset = 1
  path = "/Streaming/Channels/101"
  user = "larder"
  password = "secret"
  auth = "md5"
  period_s = 2.0
"""


def small_world(folder: Path, text: str = SMALL) -> World:
    """The world that `text` describes, loaded from a file in `folder`."""
    file = folder / "world.toml"
    file.write_text(text, encoding="utf-8")
    return load_world(file)
