"""Databases of benchmarks' own, on the installation's server."""

from __future__ import annotations

import psycopg
from psycopg import sql

from services.kit.database.migration import migrate


def new_database(admin_url: str, name: str, service: str) -> str:
    """Make an empty, migrated database of a service, instead of one that an earlier run left; return its
    URL.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        quoted = sql.Identifier(name)
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(quoted))
        connection.execute(sql.SQL("create database {}").format(quoted))
    url = f"{admin_url.rpartition('/')[0]}/{name}"
    migrate(service, url)
    return url
