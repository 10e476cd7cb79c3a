"""The contract that this app's events are held to: whether it can be read, and is still right."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from columba_shared.contract.contract import read_contract
from columba_shared.errors import ColumbaError, InvalidSetting

from columba_consumers.cli.checks.finding import Finding, note, ok, problem
from columba_consumers.cli.words import counted

if TYPE_CHECKING:
    from columba_shared.settings import Settings

_SETTING = "COLUMBA_CONTRACT"


def check_contract(settings: "Settings") -> Iterator[Finding]:
    """Yield how the contract stands; nothing where there is none."""
    file = settings.contract
    if file is None:
        return
    try:
        contract = read_contract(file, setting=_SETTING)
    except InvalidSetting as error:
        yield problem("contract", error.problem, fix=f"columba templates contract > {file}")
        return
    # Where somebody merely publishes there are no templates to compare it with.
    if not settings.templates.is_dir():
        yield ok("contract", f"{counted(len(contract.kinds), 'kind')} in {file}")
        return
    from columba_consumers.cli.inspecting import inspected
    from columba_consumers.rendering.contract import contract_of, differences

    try:
        looked = inspected(settings)
    except ColumbaError:
        # What is wrong with the app's module is told where that is looked at.
        return
    found = list(differences(contract, contract_of(looked.found, looked.app, looked.targets)))
    if found:
        text = f"{file} does not fit the templates here: {found[0]}" + (", …" if found[1:] else "")
        yield note("contract", text, fix=f"columba templates contract > {file}")
    else:
        yield ok("contract", f"{file} fits the templates")
