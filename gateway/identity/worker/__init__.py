"""Identity receives no events; its worker keeps time."""

MODULES = ("gateway.identity.worker.timers",)
