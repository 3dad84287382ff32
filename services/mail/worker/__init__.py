"""Events that mail receives, a module per publisher."""

MODULES = (
    "services.mail.worker.identity",
    "services.mail.worker.crm",
    "services.mail.worker.offers",
    "services.mail.worker.aftersales",
)
