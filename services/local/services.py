"""The services of the system: the one list that databases, processes and settings are made from."""

from dataclasses import dataclass
from pathlib import Path

from services.local.folders import ROOT


@dataclass(frozen=True, slots=True)
class Service:
    """A package with a database of its own, run in roles: `python -m <package> <role>`."""

    name: str
    package: str

    @property
    def folder(self) -> Path:
        return ROOT.joinpath(*self.package.split("."))

    @property
    def exists(self) -> bool:
        """Some of the design's services are still to be written; they have a database already."""
        return (self.folder / "__main__.py").exists()

    @property
    def database(self) -> str:
        """Name of its database, and of the role that owns it."""
        return f"sales_{self.name}"

    def has(self, role: str) -> bool:
        return self.exists and (
            (self.folder / role).is_dir() or (self.folder / role).with_suffix(".py").exists()
        )


SERVICES = (
    Service("crm", "services.crm"),
    Service("offers", "services.offers"),
    Service("aftersales", "services.aftersales"),
    Service("mail", "services.mail"),
    Service("sync", "services.sync"),
    Service("identity", "gateway.identity"),
)
ROLES = ("api", "worker", "sequencer", "courier")
