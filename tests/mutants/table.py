"""All mutants by name, and the rules that have none. `python -m tests.mutants` judges them."""

from tests.mutants import agent_rules, edge_rules, governing_rules, ledger_rules, registry_rules, wire_rules
from tests.mutants.mutant import Mutant

MUTANTS: dict[str, Mutant] = {
    **agent_rules.MUTANTS,
    **ledger_rules.MUTANTS,
    **registry_rules.MUTANTS,
    **edge_rules.MUTANTS,
    **governing_rules.MUTANTS,
    **wire_rules.MUTANTS,
}

WITHOUT: dict[str, str] = wire_rules.WITHOUT
