"""A stand-in for the company's ERP, and the example for whoever connects a real one.

Imports nothing of Project Sales: only kombu and the standard library, as an integration would. README.md
beside this file says which messages come and go; the modules are

    messages     the envelope (CloudEvents 1.0 JSON) in both directions
    books        what this ERP remembers: one SQLite file, outgoing messages included
    clerk        what it does with a request: register a customer, register or refuse an order, deliver
    catalogue    articles.csv and prices.csv, read again when they change
    broker       RabbitMQ: consume with acknowledgement, publish with confirms
"""
