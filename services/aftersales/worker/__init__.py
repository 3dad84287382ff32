"""Events that after-sales receives, a module per publisher, and timers."""

MODULES = (
    "services.aftersales.worker.identity",
    "services.aftersales.worker.crm",
    "services.aftersales.worker.offers",
    "services.aftersales.worker.timers",
    "services.kit.fields.following",
    "services.kit.reports.following",
)
