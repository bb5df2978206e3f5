"""Configurations and commands of the hub: each rule removed. PROTOCOL.md [D3] to [D11]."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from larder_agent import configured, orders, watch
from larder_agent.commanded import Commanded
from larder_agent.configured import Configured
from larder_agent.orders_book import OrdersBook
from tests.mutants.mutant import Mutant, answers, changed, given, nothing

CONFIGURED = "unit/agent/test_configured.py"
COMMANDED = "unit/agent/test_commanded.py"

Run = Callable[..., Any]


def of_any_age(original: Run) -> Run:
    def refusal(*words: Any, **named: Any) -> str | None:
        reason: str | None = original(*words, **named)
        return None if reason in ("expired", "not-yet", "clock-unknown", "other-boot") else reason

    return refusal


def shows_the_picture(original: Run) -> Run:
    def show(self: Any, inspection: Any, hands: Any) -> None:
        args = inspection.command.args.model_copy(update={"picture": True, "authority": "nobody's"})
        original(self, replace(inspection, command=inspection.command.model_copy(update={"args": args})), hands)

    return show


MUTANTS: dict[str, Mutant] = {
    "configuration_of_any_version": Mutant(
        "D3", "an older configuration of the hub replaces a newer one", Configured, "version",
        lambda original: property(lambda self: 0),
        [f"{CONFIGURED}::test_what_is_not_for_this_device_is_refused_once_and_the_old_stays"]),
    "out_of_limits_at_leisure": Mutant(
        "D4", "out of limits nothing is read faster", Configured, "_hurry", nothing,
        [f"{CONFIGURED}::test_out_of_limits_it_reads_and_seals_faster_until_it_is_safely_back"]),
    "site_not_told": Mutant(
        "D4", "the site's own alarm says nothing", watch, "judged", changed(lambda found: (found[0], ())),
        [f"{CONFIGURED}::test_the_alarm_of_the_site_is_raised_worsens_and_clears_with_the_hub_away"]),
    "calibrated_in_silence": Mutant(
        "D5", "a calibration is applied and not recorded", configured, "calibrations", answers(()),
        [f"{CONFIGURED}::test_calibrations_are_facts_beside_values_that_stay_as_they_were"]),
    "retained_command_done": Mutant(
        "D6", "a command that the broker has kept is done", orders, "refusal", given(retained=False),
        [f"{COMMANDED}::test_a_retained_command_is_refused"]),
    "command_of_any_age": Mutant(
        "D7", "a command is done whenever it comes", orders, "refusal", of_any_age,
        [f"{COMMANDED}::test_what_is_foreign_or_stale_is_refused_and_reported",
         f"{COMMANDED}::test_without_a_clock_only_the_boot_counts"]),
    "command_not_written_down": Mutant(
        "D8", "the number of a command is not on the disk before the act", OrdersBook, "keep", nothing,
        [f"{COMMANDED}::test_the_number_is_on_the_disk_before_the_act",
         f"{COMMANDED}::test_a_replay_is_refused_also_after_a_restart"]),
    "refused_in_silence": Mutant(
        "D9", "a refused command is neither answered nor recorded", Commanded, "_refuse", nothing,
        [f"{COMMANDED}::test_what_is_foreign_or_stale_is_refused_and_reported"]),
    "every_stranger_recorded": Mutant(
        "D9", "a flood of strangers fills the record", orders, "may_tell", lambda original: lambda telling, now: (telling, True),
        [f"{COMMANDED}::test_a_flood_of_strangers_is_counted_and_told_ten_times_an_hour"]),
    "inspection_waits_for_ever": Mutant(
        "D10", "a source that hangs keeps an inspection from its answer", Commanded, "look", nothing,
        [f"{COMMANDED}::test_a_source_that_hangs_is_named_and_the_others_are_not_kept_waiting"]),
    "picture_without_authority": Mutant(
        "D11", "a picture leaves the site when only its hash was asked for", Commanded, "_show", shows_the_picture,
        [f"{COMMANDED}::test_a_still_is_told_by_its_hash_and_its_bytes_stay_here"]),
}  # fmt: skip
