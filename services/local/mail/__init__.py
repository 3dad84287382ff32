"""Mail servers of one's own, for trying out and for tests: Dovecot (IMAP) and a small SMTP server.

    python -m services.local.mail              run both until Ctrl-C
    python -m services.local.mail reply        answer the newest message as the customer who got it

Whatever is sent by this SMTP server stays on this machine: it puts every message into the Dovecot mailbox of
its recipient, whoever that is. Any address may log in, all with one password.
"""
