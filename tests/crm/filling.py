"""A CRM with many parties, written straight into its tables: for figures, never for rules."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from uuid_utils.compat import uuid7

from services.crm.domain.duplicates import domain_of, name_key
from services.kit.database.rows import folded
from tests.crm.companies import Company, company

_PARTY = (
    "copy party (id, version, created_at, updated_at, name, vat_number, territory_id, search_text, "
    "base_json) from stdin"
)
_KEY = "copy party_key (record_id, kind, value, party_id, version) from stdin"
_NOW = "2026-01-01T00:00:00Z"


def fill(url: str, count: int, *, territories: Sequence[str], seed: int = 1) -> dict[str, Company]:
    """Store `count` companies and what they are recognised by; return them by id."""
    draw = random.Random(seed)
    companies = {str(uuid7()): company(number, draw) for number in range(1, count + 1)}
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy(_PARTY) as copy:
            for number, (party_id, each) in enumerate(companies.items()):
                text = f"{each.name.lower()} {each.vat_number}"
                place = territories[number % len(territories)]
                copy.write_row((party_id, 1, _NOW, _NOW, each.name, each.vat_number, place, text, "{}"))
        with cursor.copy(_KEY) as copy:
            for party_id, each in companies.items():
                for kind, value in _keys(each).items():
                    copy.write_row((party_id, kind, value, party_id, 1))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return companies


def _keys(each: Company) -> dict[str, str]:
    return {
        "name": name_key(each.name),
        "vat_number": each.vat_number,
        "email": each.email,
        "domain": domain_of(each.email),
        "phone": each.phone,
        "city": each.city.lower(),
    }


_CONTACT = (
    "copy contact_point (id, version, created_at, updated_at, party_id, kind, value, person_name, "
    "search_text, base_json) from stdin"
)
_ACTIVITY = (
    "copy activity (id, version, created_at, updated_at, party_id, kind, subject, search_text, base_json) "
    "from stdin"
)
_OPPORTUNITY = (
    "copy opportunity (id, version, created_at, updated_at, party_id, title, search_text, base_json) "
    "from stdin"
)
_PEOPLE = ("Niccolò", "Anna", "Zoë", "Giuseppe", "José", "Mario", "Lucía", "Elena", "Łukasz", "Chiara")
_SUBJECTS = (
    "Visita in stabilimento", "Telefonata per la pressa", "Offerta per la cella robotizzata", "Riunione",
    "Collaudo macchina", "Preventivo ricambi", "Sopralluogo linea di piega", "Perché no? Richiamare",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Searched:
    """What a search was filled with: parties by id, contacts' and activities' texts by id."""

    companies: dict[str, Company]
    contacts: dict[str, tuple[str, str]]
    activities: dict[str, str]
    opportunities: dict[str, str]


def fill_search(url: str, records: int, *, territories: Sequence[str], seed: int = 1) -> Searched:
    """Store `records` in all: three tenths each of parties, contact points and activities, and
    opportunities.
    """
    draw = random.Random(seed)
    companies = fill(url, records * 3 // 10, territories=territories, seed=seed)
    ids = list(companies)
    contacts, activities, opportunities = {}, {}, {}
    for number, (party_id, each) in enumerate(companies.items()):
        person = f"{draw.choice(_PEOPLE)} {each.name.split()[-2 if ' ' in each.name else 0]}"
        value = each.email if number % 2 else each.phone
        contacts[str(uuid7())] = (person, value, party_id)
        subject = f"{draw.choice(_SUBJECTS)}, ART-{draw.randrange(100_000):05d}-{draw.choice('ABC')}"
        activities[str(uuid7())] = (subject, draw.choice(ids))
    for number in range(records - 3 * len(ids)):
        title = f"{draw.choice(_SUBJECTS)} OPP-{number:06d}"
        opportunities[str(uuid7())] = (title, draw.choice(ids))
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        with cursor.copy(_CONTACT) as copy:
            for record_id, (person, value, party_id) in contacts.items():
                text, kind = folded(f"{value} {person}"), "email" if "@" in value else "phone"
                copy.write_row((record_id, 1, _NOW, _NOW, party_id, kind, value, person, text, "{}"))
        with cursor.copy(_ACTIVITY) as copy:
            for record_id, (subject, party_id) in activities.items():
                copy.write_row((record_id, 1, _NOW, _NOW, party_id, "visit", subject, folded(subject), "{}"))
        with cursor.copy(_OPPORTUNITY) as copy:
            for record_id, (title, party_id) in opportunities.items():
                copy.write_row((record_id, 1, _NOW, _NOW, party_id, title, folded(title), "{}"))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
    return Searched(
        companies,
        {key: (person, value) for key, (person, value, _) in contacts.items()},
        {key: subject for key, (subject, _) in activities.items()},
        {key: title for key, (title, _) in opportunities.items()},
    )


#: As wide as records are: bodies of 700 bytes, a custom field, every tenth without an amount.
_OPPORTUNITIES = """
    insert into opportunity (id, version, created_at, updated_at, owner_id, party_id, title, state, stage_id,
                             value, currency, expected_close, source, custom, search_text, base_json)
    select gen_random_uuid(), 1, now() - n * interval '1 minute', now(), owner, party.id, 'Pressa ' || n,
           (array['open', 'quoting', 'won', 'lost', 'dropped'])[1 + n %% 5], stage,
           case when n %% 10 > 0 then (n * 7919 %% 1000000) / 100.0 end, 'EUR',
           date '2026-01-01' + n * 31 %% 700, (array['fair', 'web', 'phone'])[1 + n %% 3],
           jsonb_build_object('rating', ((n * 13) %% 5 + 1)::text), 'pressa ' || n, repeat('x', 700)
    from generate_series(1, %(count)s) as n
    join (select id, row_number() over (order by id) - 1 as place from party) as party
      on party.place = n %% %(parties)s,
    lateral (select ('00000000-0000-4000-8000-00000000000' || n %% 8)::uuid as owner,
                    ('00000000-0000-4000-9000-00000000000' || n %% 7)::uuid as stage) as ids
"""


def fill_opportunities(url: str, count: int, *, parties: int, territories: Sequence[str]) -> None:
    """Store `count` opportunities of `parties` companies."""
    fill(url, parties, territories=territories)
    with psycopg.connect(url) as connection:
        connection.execute(_OPPORTUNITIES, {"count": count, "parties": parties})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")


#: Each opportunity came to three stages, a week and more apart; some standings change its value alone.
_STANDINGS = """
    insert into opportunity_standing (opportunity_id, state, stage_id, value, currency, made_at, arrived_at)
    select id, (array['open', 'open', 'quoting', 'quoting', state])[step],
           ('00000000-0000-4000-9000-00000000000' || (step + 1) / 2)::uuid, value, currency, moment, moment
    from opportunity, generate_series(1, 5) as step,
         lateral (select created_at + step * (7 + length(title) % 5) * interval '1 day' as moment) as moments
"""
_DONE = """
    insert into activity (id, version, created_at, updated_at, owner_id, party_id, kind, subject, state,
                          ends_at, minutes, kilometres, search_text, base_json)
    select gen_random_uuid(), 1, now(), now(), ('00000000-0000-4000-8000-00000000000' || n %% 8)::uuid,
           party.id, (array['visit', 'call'])[1 + n %% 2], 'Visita ' || n, 'done',
           now() - n * interval '3 minutes', 30 + n %% 90, n %% 120, 'visita ' || n, '{}'
    from generate_series(1, %(count)s) as n
    join (select id, row_number() over (order by id) - 1 as place from party) as party
      on party.place = n %% %(parties)s
"""


#: As figures keep what other services tell: each offer with two revisions, every fifth with an order, every
#: accepted one with a request of its party.
_OFFERS = """
    with offer as (
        insert into figure_source (entity, id, deleted, party_id, owner_id, state, since, begun_at)
        select 'offers.offer', gen_random_uuid(), false, party.id,
               ('00000000-0000-4000-8000-00000000000' || n %% 8)::uuid,
               (array['draft', 'sent', 'accepted', 'lost', 'ordered'])[1 + n %% 5],
               now() - n * interval '5 minutes', now() - n * interval '6 minutes'
        from generate_series(1, %(count)s) as n
        join (select id, row_number() over (order by id) - 1 as place from party) as party
          on party.place = n %% %(parties)s
        returning id, state, party_id, since
    ), revision as (
        insert into figure_source (entity, id, deleted, party_id, above_id, state, since, begun_at, amount,
                                   currency, cost)
        select 'offers.revision', gen_random_uuid(), false, party_id, id, 'frozen', since,
               since + step * interval '1 hour', 1000 * step, 'EUR', 700 * step
        from offer, generate_series(1, 2) as step
    ), placed as (
        insert into figure_source (entity, id, deleted, above_id, state, since, begun_at, amount, currency)
        select 'offers.order', gen_random_uuid(), false, id, 'registered', since, since, 2000, 'EUR'
        from offer where state = 'ordered'
    )
    insert into figure_source (entity, id, deleted, party_id, state, since, begun_at)
    select 'aftersales.request', gen_random_uuid(), false, party_id, 'open', since, since
    from offer where state in ('accepted', 'ordered')
"""


def fill_selling(
    url: str, *, parties: int, opportunities: int, done: int, offers: int, territories: Sequence[str]
) -> None:
    """Store companies, opportunities with how they stood, what was done with the companies, and what other
    services told of offers, orders and requests.
    """
    fill_opportunities(url, opportunities, parties=parties, territories=territories)
    with psycopg.connect(url) as connection:
        connection.execute(_STANDINGS)
        connection.execute(_DONE, {"count": done, "parties": parties})
        connection.execute(_OFFERS, {"count": offers, "parties": parties})
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum analyze")
