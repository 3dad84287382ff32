"""A CRM in which everything exists that hostile input could be aimed at, and all its rows as the proof that
nothing changed.
"""

from __future__ import annotations

from typing import Any, Final

import sqlalchemy as sa

from services.crm.usecases.setup import provide
from services.crm.worker.erp import record_registration
from services.kit.actor import SYSTEM, Actor
from services.kit.permissions import Grant
from services.kit.worker import deliver
from tests.crm import agenda
from tests.crm.agenda import utc
from tests.crm.parties import command, party, person, related
from tests.support.owners import NORTH, SOUTH, OwnerUnderTest, everything, received, within

_ENTITIES: Final = {
    "works": "crm.relationship",
    "site": "crm.address",
    "mail": "crm.contact_point",
    "visit": "crm.activity",
    "done": "crm.activity",
    "series": "crm.activity",
    "reminder": "crm.reminder",
    "of_rita": "crm.reminder",
    "chance": "crm.opportunity",
    "lost": "crm.opportunity",
    "handover": "crm.handover",
}


class World:
    """A group of companies with a site and a person, others beside, one in another territory; a user of the
    north with a visit, a series, a reminder and an opportunity; a colleague who may read more than write; a
    handover.
    """

    def __init__(self, crm: OwnerUnderTest) -> None:
        self.crm = crm
        with crm.owner.database.unit_of_work(SYSTEM) as uow:
            provide(uow)
        insider = crm.accesses.give(*everything("crm", "crm_setup", facets=("private",)))
        reading = Grant("crm", frozenset({"read"}), everything("crm")[0].scopes)
        setup = everything("crm_setup")
        self.user = agenda.person(crm, within(NORTH), *setup, territory_ids=[str(NORTH)])
        self.reader = agenda.person(crm, within(NORTH), reading, *setup, name="Rita")
        #: Whoever has any role may read what administrators have defined, which an import asks for.
        self.importer = agenda.person(crm, within(NORTH), *everything("forms"), name="Ivo")
        self.leaver = agenda.person(crm, within(NORTH), name="Luca")
        self.ids: dict[str, str] = {
            "user": str(self.user.user_id),
            "leaver": str(self.leaver.user_id),
            **self._parties(insider),
        }
        self.ids |= self._work(insider)
        #: What must stand there after each of them.
        self.at_first = self.all_rows()

    def _parties(self, insider: Actor) -> dict[str, str]:
        crm, north = self.crm, {"territory_id": str(NORTH)}
        ids = {
            "firm": party(crm, insider, **north),
            "top": party(crm, insider, **north),
            "loose": party(crm, insider, notes="n" * 9000, **north),
            "long": party(crm, insider, notes="m" * 9000, **north),
            "merged": party(crm, insider, **north),
            "anna": person(crm, insider, **north),
            "south": party(crm, insider, territory_id=str(SOUTH)),
            "read_only": party(crm, insider),
            "in_erp_1": party(crm, insider, **north),
            "in_erp_2": party(crm, insider, **north),
        }
        ids["works"] = related(crm, insider, ids["anna"], "works_at", ids["firm"])
        related(crm, insider, ids["firm"], "subsidiary_of", ids["top"])
        ids["site"] = agenda.made(
            crm, insider, "crm.address", party_id=ids["firm"], kind="site", city="Schio"
        )
        ids["mail"] = agenda.made(
            crm, insider, "crm.contact_point", party_id=ids["firm"], kind="email", value="info@rossi.it"
        )
        done = crm.one(insider, command("crm.party", ids["top"], "merge", other_id=ids["merged"]))
        assert done.outcome == "applied", done.error
        for name in ("in_erp_1", "in_erp_2"):
            answer = {"party_id": ids[name], "customer_code": name}
            deliver(
                crm.owner.database, record_registration, received("erp", "erp.party_registered.v1", answer)
            )
        return ids

    def _work(self, insider: Actor) -> dict[str, str]:
        made, crm, firm = agenda.made, self.crm, self.ids["firm"]
        times = {"starts_at": utc("2036-03-25T09:00"), "ends_at": utc("2036-03-25T10:00")}
        visit = {"party_id": firm, "kind": "visit", "subject": "Visita", **times}
        ids = {
            "visit": made(crm, self.user, "crm.activity", **visit),
            "done": made(crm, self.user, "crm.activity", **visit),
            "series": made(crm, self.user, "crm.activity", **visit, recurrence="FREQ=WEEKLY"),
            "reminder": made(crm, self.user, "crm.reminder", text="Mio", at=utc("2036-03-25T08:00")),
            "of_rita": made(crm, self.reader, "crm.reminder", text="Suo", at=utc("2036-03-25T08:00")),
            "chance": made(crm, self.user, "crm.opportunity", party_id=firm, title="Pressa", value="1000.00"),
            "lost": made(crm, self.user, "crm.opportunity", party_id=firm, title="Persa"),
            "handover": made(
                crm,
                self.user,
                "crm.handover",
                from_owner_id=self.ids["leaver"],
                to_owner_id=self.ids["user"],
                only_territory_id=str(NORTH),
            ),
        }
        agenda.tell(crm, self.user, "crm.activity", ids["done"], "complete", outcome="Fatto")
        agenda.tell(crm, self.user, "crm.opportunity", ids["lost"], "win")
        return ids

    def author(self, *named: str) -> Actor:
        """Who sends it: the user, or where it names what may only be read, who may read it."""
        return self.reader if {"read_only", "@read_only"} & set(named) else self.user

    def entity_of(self, name: str) -> str:
        """What kind of record it is."""
        return _ENTITIES.get(name, "crm.party")

    def named(self, value: Any) -> Any:
        """What is sent, with the ids of what it names."""
        if isinstance(value, dict):
            return {name: self.named(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.named(each) for each in value]
        is_name = isinstance(value, str) and value.startswith("@")
        return self.ids[value[1:]] if is_name else value

    def all_rows(self) -> dict[str, list[str]]:
        """Every row of every table, as text: records, what is kept beside them, changes, events on their way;
        but for what was answered to which change, which is remembered of refused ones too.
        """
        with self.crm.owner.database.read() as connection:
            return {
                name: list(connection.execute(sa.text(f"select t::text from {name} t order by 1")).scalars())
                for name in sorted({*sa.inspect(connection).get_table_names()} - {"change_claim"})
            }
