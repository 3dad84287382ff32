"""Outbox to RabbitMQ: the only publisher of a service's events.

    python -m services.kit.relay            every service of SALES_DATABASE_URLS, in one process
    python -m services.kit.relay crm        one service, its database in SALES_DATABASE_URL

For each service one relay of all that run is the leader. It gives the committed events their numbers,
publishes them in that order, waits for the broker's confirms and marks what is confirmed. Whatever is
killed in between, an event is published once more rather than not at all; the inboxes of the consumers drop
the double.

`stream` is the database side, `publisher` the broker's, `service_relay` what happens between them.
"""
