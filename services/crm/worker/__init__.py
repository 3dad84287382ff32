"""Events that the CRM receives, a module per publisher, and timers."""

MODULES = (
    "services.crm.worker.identity",
    "services.crm.worker.offers",
    "services.crm.worker.erp",
    "services.crm.worker.crm",
    "services.crm.worker.aftersales",
    "services.crm.worker.mail",
    "services.crm.worker.timers",
    "services.kit.fields.following",
    "services.kit.reports.following",
)
