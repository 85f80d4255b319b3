"""Who works with the stock: roles, the person who asks, and whose sites are whose."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

EVERYWHERE = "*"


class Role(StrEnum):
    """What somebody is here for; each may do what `docs/api.md` lists, and nothing else."""

    TECHNICIAN = "technician"
    PLANNER = "planner"
    FINANCE = "finance"
    ADMIN = "admin"
    SERVICE = "service"
    AUDITOR = "auditor"

    @property
    def sees_costs(self) -> bool:
        """True for those who answer for the money."""
        return self in (Role.PLANNER, Role.FINANCE, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who signed in, or a machine with a key."""

    name: str
    role: Role
    sites: tuple[str, ...] = (EVERYWHERE,)

    @property
    def is_everywhere(self) -> bool:
        """True when no site is out of reach."""
        return self.role is not Role.TECHNICIAN or EVERYWHERE in self.sites


def within_reach(sites: Iterable[str], parents: Mapping[str, str]) -> frozenset[str]:
    """The locations a technician of `sites` may take a part from.

    Their own, all that replenish them, those beside them under the same parent, and those below,
    such as vans. `parents` names the location that replenishes each; blank: a supplier does.
    """
    mine = frozenset(sites)
    above: set[str] = set()
    for site in mine:
        parent = parents.get(site, "")
        while parent and parent not in above:
            above.add(parent)
            parent = parents.get(parent, "")
    direct = {parents.get(site, "") for site in mine} - {""}
    near = {place for place, parent in parents.items() if parent in direct or parent in mine}
    return mine | above | near
