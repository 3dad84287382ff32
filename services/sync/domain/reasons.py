"""Every reason that sync gives for an error: when it happens, what to do, what people read."""

from __future__ import annotations

from collections.abc import Mapping

from services.kit.reasons import Reason

REASONS: Mapping[str, Reason] = {
    "CHECKPOINT_INVALID": Reason(
        "the checkpoint was not signed here, not for this device, or names a set that is no longer kept",
        "pull without a checkpoint: everything is sent anew",
        "Il punto di sincronizzazione non è valido: la copia va scaricata di nuovo.",
        "The point of synchronisation is not valid: the copy has to be fetched anew.",
    ),
    "DEVICE_UNKNOWN": Reason(
        "the device was never registered, or belongs to another user",
        "register it: POST /v1/sync/devices",
        "Il dispositivo non è registrato: accedere di nuovo dal dispositivo.",
        "The device is not registered: sign in on it again.",
    ),
    "DEVICE_DIFFERS": Reason(
        "the session belongs to another device than the one that the request names",
        "sign in on the device itself",
        "La sessione appartiene a un altro dispositivo.",
        "The session belongs to another device.",
    ),
    "DEVICE_REVOKED": Reason(
        "the device was revoked",
        "register another device, with an id of its own",
        "Questo dispositivo è stato revocato.",
        "This device was revoked.",
    ),
    "UNLOCK_DAY_OUT_OF_RANGE": Reason(
        "the day is over, or later than the last one whose code the device knows",
        "choose a day from today to 60 days after the device's last contact",
        "Giorno non possibile: da oggi fino a 60 giorni dall'ultimo contatto del dispositivo.",
        "Not a possible day: from today to 60 days after the device's last contact.",
    ),
    "DEVICE_OF_ANOTHER_USER": Reason(
        "the device is registered for another user",
        "use an id of its own for each user",
        "Il dispositivo appartiene a un altro utente.",
        "The device belongs to another user.",
    ),
}
