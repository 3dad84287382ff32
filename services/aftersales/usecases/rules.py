"""The rules of after-sales, as the generic write path calls them."""

from __future__ import annotations

from services.aftersales.usecases import calendars, coverage, products, requests, setup, tasks, warranties
from services.kit.records.rules import EntityRules, Rules

RULES = Rules(
    entities={
        "aftersales.installed_product": EntityRules(
            prepare=products.prepare_product, settle=products.settle_product
        ),
        "aftersales.component": EntityRules(prepare=products.prepare_component),
        "aftersales.warranty": EntityRules(prepare=warranties.prepare_terms),
        "aftersales.warranty_policy": EntityRules(prepare=warranties.prepare_terms),
        "aftersales.business_calendar": EntityRules(
            prepare=calendars.prepare_calendar,
            delete=calendars.delete_calendar,
            settle=setup.settle_calendar,
        ),
        "aftersales.sla_policy": EntityRules(
            prepare=calendars.prepare_sla_policy, delete=setup.delete_sla_policy
        ),
        "aftersales.request": EntityRules(
            prepare=requests.prepare_request,
            guard=requests.guard_request,
            delete=requests.delete_request,
            settle=requests.settle_request,
        ),
        "aftersales.task": EntityRules(prepare=tasks.prepare_task, guard=tasks.guard_task),
    },
    commands={
        ("aftersales.installed_product", "commission"): products.commission_product,
        ("aftersales.installed_product", "retire"): products.retire_product,
        ("aftersales.warranty", "extend"): products.extend_warranty,
        ("aftersales.request", "assign"): requests.assign_request,
        ("aftersales.request", "respond"): requests.respond_request,
        ("aftersales.request", "start"): requests.start_request,
        ("aftersales.request", "wait"): requests.wait_request,
        ("aftersales.request", "resume"): requests.resume_request,
        ("aftersales.request", "resolve"): requests.resolve_request,
        ("aftersales.request", "close"): requests.close_request,
        ("aftersales.request", "reopen"): requests.reopen_request,
        ("aftersales.request", "decide_coverage"): coverage.decide_coverage,
        ("aftersales.task", "complete"): tasks.complete_task,
        ("aftersales.task", "cancel"): tasks.cancel_task,
    },
)
