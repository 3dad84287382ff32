"""What the slow process shows."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

queued = Gauge("sales_mail_queued", "Messages that wait to be sent.")
oldest_queued_seconds = Gauge("sales_mail_oldest_queued_seconds", "Age of the oldest message that waits.")
uncertain = Gauge("sales_mail_uncertain", "Messages of which a person must say whether they were sent.")
review = Gauge("sales_mail_review_items", "Received messages that a person must file.")
failing = Gauge("sales_mail_mailboxes_failing", "Mailboxes whose server refuses or cannot be reached.")
read_lag_seconds = Gauge(
    "sales_mail_read_lag_seconds", "Since the mailbox that was read least recently was read."
)
attempts = Counter("sales_mail_attempts_total", "Attempts to send, by what came of them.", ["outcome"])
received = Counter(
    "sales_mail_received_total", "Messages that arrived, by the rule that filed them.", ["rule"]
)
doubles = Counter("sales_mail_doubles_total", "Messages that were in the mailbox before.")
reading = Gauge("sales_mail_reading", "Mailboxes that this process reads now.")
send_seconds = Histogram(
    "sales_mail_send_seconds", "One attempt to send.", buckets=(0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120)
)
receive_seconds = Histogram(
    "sales_mail_receive_seconds",
    "From the content of a message to its commit.",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
