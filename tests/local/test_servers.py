"""The servers that all other tests stand on."""

from collections.abc import Callable

import kombu
import psycopg


def test_a_database_is_empty_and_its_owner_no_superuser(create_database: Callable[..., str]) -> None:
    with psycopg.connect(create_database()) as connection:
        tables = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
        superuser = connection.execute("select usesuper from pg_user where usename = current_user").fetchone()
    assert tables == (0,)
    assert superuser == (False,)


def test_a_virtual_host_takes_and_gives_a_message(vhost: str) -> None:
    with kombu.Connection(vhost) as connection:
        queue = connection.SimpleQueue("letters")
        queue.put("hello")
        message = queue.get(timeout=60)
        assert message.payload == "hello"
        message.ack()
        queue.close()
