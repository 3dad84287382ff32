"""The bare path's database, on the same server: copies of the parties to read, an empty table to write."""

from __future__ import annotations

import psycopg
from psycopg import sql

DATABASE = "bench_bare"

_CREATE = """
    create extension pg_trgm;
    create table party (id uuid primary key, search_text text not null, body text not null);
    create table entry (id uuid primary key, code text not null, body text not null);
    create unique index entry_code on entry (code);
"""


def create_database(admin_url: str) -> str:
    """Make the database with its empty tables; return its URL."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
    url = psycopg.conninfo.make_conninfo(admin_url, dbname=DATABASE)
    with psycopg.connect(url) as connection:
        connection.execute(_CREATE)
    return url


def copy_parties(url: str, crm_url: str) -> None:
    """Fill `party` with what the CRM has: the same texts, the same size."""
    with psycopg.connect(crm_url) as source, psycopg.connect(url) as target:
        found = source.execute("select id, search_text, base_json from party")
        with target.cursor().copy("copy party (id, search_text, body) from stdin") as copy:
            for row in found:
                copy.write_row(row)
        target.execute("create index party_search on party using gin (search_text gin_trgm_ops)")
    with psycopg.connect(url, autocommit=True) as target:
        target.execute("vacuum analyze party")
