"""What a target says without being asked to deliver: where it leads to, what an address is, whose pace is kept."""

from collections.abc import Mapping, Sequence
from typing import Any

from columba_consumers.targets import SimpleTarget, TargetEnv
from columba_consumers.testing.faults import Faults, told
from columba_consumers.testing.secrets import check_secrets, secrets_of


def check_words(
    target: SimpleTarget,
    env: TargetEnv,
    faults: Faults,
    *,
    environ: Mapping[str, str],
    address: str,
    nonsense: Sequence[str],
) -> None:
    """Ask a target that is not opened."""
    leads_to: Any = ""
    with faults.found_by("leads_to"):
        leads_to = target.leads_to()
        faults.unless(isinstance(leads_to, str) and leads_to.strip(), "leads_to must return a text that says where to")
    slots: Any = target.slots
    faults.unless(isinstance(slots, int) and slots > 0, "slots must be 1 or more")
    secrets = secrets_of(env.table, environ)
    check_secrets({"leads_to": str(leads_to), "repr": repr(target)}, secrets, faults)
    with faults.found_by(f"validate, for the good address {address!r},"):
        target.validate(address)
    for each in nonsense:
        try:
            target.validate(each)
            faults.add(
                f"validate takes {each!r} for an address: raise ValueError, which says what is wrong and the fix"
            )
        except ValueError as error:
            faults.unless(
                str(error).strip(), f"validate refuses {each!r} without a word: say what is wrong and the fix"
            )
        except Exception as error:  # noqa: BLE001 - other people's code
            faults.add(f"validate must raise ValueError for {each!r}, not {told(error)}")
    with faults.found_by("destination"):
        faults.unless(
            isinstance(target.destination(address), str), "destination must return a text, which may be empty"
        )
        faults.unless(
            target.destination(address) == target.destination(address),
            "destination must return the same for the same address",
        )
