"""Events that offers receives, a module per publisher, and timers."""

MODULES = (
    "services.offers.worker.identity",
    "services.offers.worker.crm",
    "services.offers.worker.erp",
    "services.offers.worker.mail",
    "services.offers.worker.timers",
    "services.kit.fields.following",
    "services.kit.reports.following",
)
