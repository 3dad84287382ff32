"""From the request to send a frozen offer to the customer's reply, filed under party and offer."""

from __future__ import annotations

from email import message_from_bytes, policy

from services.local.mail.customer import reply_to
from tests.mail.world import PDF, World


def test_a_frozen_offer_is_mailed_and_the_reply_is_filed(world: World) -> None:
    customer = f"acquisti@cliente-{world.tag}.example"
    party_id = world.party()
    offer_id = world.offer(party_id, "OFF-2026-00123")
    message_id = world.ask_for_document(party_id=party_id, offer_id=offer_id, to=customer)
    assert world.message(message_id)["state"] == "queued"
    assert world.send_all() == 1

    sent = world.message(message_id)
    assert (sent["state"], sent["attempts"]) == ("sent", 1)
    assert sent["server_reply"] == "250 2.0.0 taken as number 7"
    (told,) = world.events("mail.message_sent.v1")
    assert (told["offer_id"], told["to"]) == (offer_id, customer)
    (raw,) = world.office.messages(customer)
    received = message_from_bytes(raw, policy=policy.default)
    assert received["Message-ID"] == sent["rfc_message_id"]
    (attached,) = received.iter_attachments()
    assert attached.get_content() == PDF

    world.arrive(
        reply_to(received, address=customer, threaded=False),
        to=str(received["Reply-To"].addresses[0].addr_spec),
    )
    assert world.read() == 1
    (reply,) = world.incoming()
    assert (reply["state"], reply["filing_rule"], reply["confidence"]) == ("filed", "reply_address", 99)
    assert (str(reply["party_id"]), str(reply["offer_id"])) == (party_id, offer_id)
    assert ("offers.offer", offer_id, "reply_address") in world.links(reply["id"])
    assert world.read() == 0
