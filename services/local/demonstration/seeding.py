"""Fills an installation with the demonstration company, by the ways that a company's own data takes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from gateway.importing.server import Server
from services.local.demonstration import (
    activities,
    agenda,
    letterhead,
    offers,
    opportunities,
    requests,
    shapes,
    sources,
)
from services.local.demonstration.author import Author, Group, fixed_id

SELLERS: Final = ("sales.north", "sales.south")
MANAGER: Final = "sales.manager"
ADMINISTRATOR: Final = "admin"
#: The outcomes that offers of the demonstration come to for a reason.
_OUTCOMES: Final = frozenset({"lost", "cancelled", "expired"})
_PATIENCE_S: Final = 120.0
_PAUSE_S: Final = 0.3
_PARTLY: Final = 1


class SeedingStopped(Exception):
    """What did not come about, for the person who reads the log. Begun again it goes on where it stopped."""


@dataclass(slots=True)
class Seeding:
    """One run. `say` hears a line after each step."""

    address: str
    password: str
    #: Where the stand-in for the ERP reads its files.
    erp_folder: Path
    today: date
    say: Callable[[str], None]
    refused: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Do everything that is not done yet.

        Raises:
            SeedingStopped: an import or the ERP did not do its part.
            gateway.importing.errors.ImportStopped: the server stays away.
        """
        self._catalogue()
        self._import("parties", sources.PARTIES)
        self._import("parties", sources.PEOPLE)
        self._import("addresses", sources.SITES)
        self._import("relationships", sources.RELATIONSHIPS)
        with self._author(MANAGER) as manager:
            manager.do([*letterhead.plan(), *opportunities.rates()])
            self._wait_for_catalogue(manager.server)
            self._import("machines", sources.MACHINES)
            parties = manager.server.records("crm/parties", filter="kind = company")
            party_ids = {each["vat_number"]: each["id"] for each in parties}
            self._shapes(party_ids)
            self._opportunities(manager.server, party_ids)
            self._offers(manager.server, party_ids)
            self._activities(manager, party_ids)
            self._requests(manager)

    def _catalogue(self) -> None:
        """Put the company's files where the ERP looks, unless somebody has put others there."""
        self.erp_folder.mkdir(parents=True, exist_ok=True)
        for source in (sources.ARTICLES, sources.PRICES):
            # Complete before it has its name: the ERP reads a file when it sees one.
            unfinished = self.erp_folder / f".{source.name}"
            shutil.copyfile(source, unfinished)
            unfinished.replace(self.erp_folder / source.name)
        self.say(f"articles and prices: {len(sources.articles())} articles given to the ERP")

    def _import(self, kind: str, file: Path) -> None:
        """Run the import that everybody uses, as the manager."""
        errors = self.erp_folder / f"{file.stem}.errors.csv"
        options = ["--server", self.address, "--user", MANAGER, "--errors", str(errors)]
        done = subprocess.run(
            [sys.executable, "-m", "gateway.importing", kind, str(file), *options],
            env=os.environ | {"SALES_PASSWORD": self.password},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode > _PARTLY:
            raise SeedingStopped(f"import of {kind}: {done.stdout}{done.stderr}")
        if done.returncode:
            self.refused += [f"import of {file.name}: {line}" for line in done.stdout.splitlines()]
        self.say(f"{kind}: imported from {file.name}")

    def _wait_for_catalogue(self, server: Server) -> None:
        """Wait until every article has come with its price: an offer that finds none is refused for good."""
        wanted = set(sources.articles())

        def unpriced() -> set[str]:
            codes = {record["id"]: record["code"] for record in server.records("offers/articles")}
            standard = {each["id"] for each in server.records("offers/price-lists") if each["standard"]}
            prices = server.records("offers/prices")
            return wanted - {codes.get(p["article_id"]) for p in prices if p["price_list_id"] in standard}

        _wait(unpriced, "articles have not come from the ERP with their prices")

    def _opportunities(self, server: Server, party_ids: dict[str, str]) -> None:
        stages = {each["code"]: each["id"] for each in server.records("crm/opportunity-stages")}
        reasons: dict[str, list[str]] = {}
        for each in server.records("crm/loss-reasons"):
            reasons.setdefault(each["outcome"], []).append(each["id"])
        planned = opportunities.plan(self.today, party_ids, stages, reasons)
        for seller in SELLERS:
            self._do(seller, planned.get(seller, []), device_id=fixed_id(f"device of {seller}"))
        self.say(f"opportunities: {sum(opportunities.STATES.values())} over two years")

    def _shapes(self, party_ids: dict[str, str]) -> None:
        """Let the administrator add fields and a record type, and the sellers fill them in."""
        self._do(ADMINISTRATOR, shapes.definitions())
        for seller in SELLERS:
            self._do(seller, shapes.values(party_ids, seller))
        self.say(f"fields of the company's own: {len(shapes.FIELDS)}; competitors' machines")

    def _offers(self, server: Server, party_ids: dict[str, str]) -> None:
        article_ids = {record["code"]: record["id"] for record in server.records("offers/articles")}
        planned = offers.plan(self.today, party_ids, article_ids, _reasons(server))
        for seller in SELLERS:
            mine = [each for each in planned if each.author == seller]
            before = [[each.opportunity] for each in mine if each.opportunity]
            self._do(seller, before, device_id=fixed_id(f"device of {seller}"))
            self._do(seller, [group for each in mine for group in each.groups])
        self.say(f"offers: {len(planned)} in {len(offers.STATES)} states")

    def _activities(self, manager: Author, party_ids: dict[str, str]) -> None:
        outcomes = {
            (each["kind"], each["code"]): each["id"] for each in manager.server.records("crm/outcomes")
        }
        users = {each["user_name"]: each["id"] for each in manager.server.records("identity/users")}
        manager.do(agenda.team(self.today, [users[seller] for seller in SELLERS]))
        planned = activities.plan(self.today, party_ids, outcomes)
        for seller in SELLERS:
            own = [party_ids[c.vat_number] for c in sources.customers() if c.salesperson == seller]
            self._do(seller, [*planned.get(seller, []), *agenda.seller(self.today, seller, own)])
        self.say(f"activities: {sum(map(len, planned.values()))} over two years, and an agenda")

    def _requests(self, manager: Author) -> None:
        installed = list(manager.server.records("aftersales/installed-products"))
        machines = requests.machines_of(installed, self.today)
        if not machines:
            raise SeedingStopped("no machine was imported")
        manager.do(requests.plan(self.today, machines))
        self.say(f"requests: {requests.COUNT} about {len(machines)} machines")

    def _do(self, user: str, groups: list[Group], *, device_id: str = "") -> None:
        with self._author(user, device_id) as author:
            author.do(groups)

    @contextmanager
    def _author(self, user: str, device_id: str = "") -> Iterator[Author]:
        server = Server(self.address, user, self.password, device_id=device_id)
        try:
            server.sign_in()
            author = Author(server)
            yield author
            self.refused += author.refused
        finally:
            server.close()


def _reasons(server: Server) -> dict[str, str]:
    """Return the id of each outcome's first reason. A new company gets its reasons after some seconds."""
    found: dict[str, str] = {}

    def missing() -> set[str]:
        records = sorted(server.records("offers/reasons"), key=lambda each: (each["position"], each["id"]))
        for record in records:
            found.setdefault(record["outcome"], record["id"])
        return set(_OUTCOMES) - found.keys()

    _wait(missing, "reasons for the end of an offer are not there")
    return found


def _wait(missing: Callable[[], Set[str]], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while left := missing():
        if time.monotonic() > deadline:
            raise SeedingStopped(f"{what}: {', '.join(sorted(left)[:5])}")
        time.sleep(_PAUSE_S)
