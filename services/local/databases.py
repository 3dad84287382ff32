"""One database and one role for each service, and none may open another's.

    python -m services.local.databases

A step of every start, with the administrator's URL in `SALES_ADMIN_URL` and those of the services, as JSON,
in `SALES_DATABASE_URLS`. What is there already is left as it is.
"""

import json
import os
import sys
from typing import LiteralString
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from services.local.messages import CannotContinue


def prepare_databases(admin_url: str, database_urls: dict[str, str], *, ours: bool) -> None:
    """Make what is missing. On a server of our own (`ours`) a role's password becomes that of its URL.

    Raises:
        CannotContinue: a server that is not ours has such a role already, with another password.
    """
    with psycopg.connect(admin_url, autocommit=True, connect_timeout=10) as connection:
        if ours:
            # Whoever may log in may open these two otherwise.
            for name in ("postgres", "template1"):
                _close_to_others(connection, name)
        for url in database_urls.values():
            _prepare(connection, url, ours=ours)


def _prepare(connection: psycopg.Connection, url: str, *, ours: bool) -> None:
    parts = urlsplit(url)
    role, password, database = unquote(parts.username or ""), unquote(parts.password or ""), parts.path[1:]
    existed = _exists(connection, "select 1 from pg_roles where rolname = %s", role)
    if not existed:
        _run(connection, "create role {} login password {}", sql.Identifier(role), sql.Literal(password))
        # The owner of a database must be a role that its creator may act for; a superuser may act for all.
        _run(connection, "grant {} to current_user", sql.Identifier(role))
    elif ours:
        _run(connection, "alter role {} login password {}", sql.Identifier(role), sql.Literal(password))
    if not _exists(connection, "select 1 from pg_database where datname = %s", database):
        _create(connection, database, owner=role)
    _close_to_others(connection, database)
    if existed and not ours:
        _check_login(url, role)


def _create(connection: psycopg.Connection, database: str, *, owner: str) -> None:
    """Text is ordered by bytes, so no update of the system reorders an index; letters fold by Unicode."""
    create = "create database {} owner {} template template0 encoding 'UTF8'"
    names = (sql.Identifier(database), sql.Identifier(owner))
    try:
        _run(connection, create + " lc_collate 'C' lc_ctype 'C.UTF-8'", *names)
    except psycopg.errors.WrongObjectType:
        # macOS knows the same rules under another name.
        _run(connection, create + " lc_collate 'C' lc_ctype 'UTF-8'", *names)


def _close_to_others(connection: psycopg.Connection, database: str) -> None:
    _run(connection, "revoke all on database {} from public", sql.Identifier(database))


def _check_login(url: str, role: str) -> None:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError as error:
        raise CannotContinue(
            f"The server of DATABASE_URL has a role {role} with another password: {error}",
            f"Copy .local/secrets from the installation that made it, or drop the role and database {role}.",
        ) from error


def _exists(connection: psycopg.Connection, query: LiteralString, name: str) -> bool:
    return connection.execute(query, [name]).fetchone() is not None


def _run(connection: psycopg.Connection, template: LiteralString, *parts: sql.Composable) -> None:
    connection.execute(sql.SQL(template).format(*parts))


def main() -> None:
    try:
        prepare_databases(
            os.environ["SALES_ADMIN_URL"],
            json.loads(os.environ["SALES_DATABASE_URLS"]),
            ours=os.environ.get("SALES_OWN_SERVER") == "1",
        )
    except CannotContinue as problem:
        sys.exit(str(problem))


if __name__ == "__main__":
    main()
