"""Passwords travel only over connections whose other end was checked."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from services.local.accounts import database_account
from services.local.mail.dovecot import Certificate, DovecotNode
from services.local.mail.post_office import PostOffice
from services.local.places import place_for
from services.local.ports import random_free
from services.mail.adapters import imap, smtp, tls
from tests.mail.post import running_smtp
from tests.support.servers import Servers
from tests.support.watching import eventually


def make_certificate(folder: Path) -> Certificate:
    """A certificate for 127.0.0.1 that only those believe who are given it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    made = Certificate(folder / "certificate.pem", folder / "key.pem")
    made.certificate.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    made.key.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    for path in (made.certificate, made.key):
        path.chmod(0o644)
    return made


@pytest.fixture(scope="module")
def protected(servers: Servers) -> Iterator[DovecotNode]:
    """A Dovecot that speaks TLS, beside the one of the run."""
    account = database_account()
    folder = place_for(servers.folder, "dovecot-tls", account)
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    certificate = make_certificate(folder)
    node = DovecotNode(folder, random_free(), "a-password", account, certificate, random_free())
    process = node.process()
    child = process.start(servers.folder / "dovecot-tls.log")
    eventually(process.is_ready)
    yield node
    child.terminate()
    child.wait(60)
    process.after_stop()


def certificate_of(node: DovecotNode) -> Path:
    assert node.tls is not None
    return node.tls.certificate


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_mailbox_is_read_over_tls(protected: DovecotNode, security: str) -> None:
    port = protected.tls_port if security == "tls" else protected.port
    server = imap.Server("127.0.0.1", port, security, "a@b.example", protected.password)
    folder = imap.Folder(server, "INBOX", tls=tls.context(certificate_of(protected)), timeout_s=60)
    assert folder.uids_after(0) == []
    folder.close()


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_a_server_that_cannot_prove_its_name_gets_no_password(protected: DovecotNode, security: str) -> None:
    port = protected.tls_port if security == "tls" else protected.port
    for host, ca_file in (("127.0.0.1", None), ("localhost", certificate_of(protected))):
        server = imap.Server(host, port, security, "a@b.example", protected.password)
        with pytest.raises(ssl.SSLCertVerificationError):
            imap.Folder(server, "INBOX", tls=tls.context(ca_file), timeout_s=60)


def test_a_message_is_sent_over_starttls_and_to_nobody_unproven(
    protected: DovecotNode, office: PostOffice
) -> None:
    assert protected.tls is not None
    own = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    own.load_cert_chain(protected.tls.certificate, protected.tls.key)

    def send(ca_file: Path | None, security: str = "starttls") -> smtp.Taken:
        return smtp.hand_in(
            smtp.Server("127.0.0.1", post.port, security, "a@b.example", office.password),
            sender="a@b.example",
            recipients=["c@d.example"],
            content=b"Subject: x\r\n\r\nx\r\n",
            may_hand_over=lambda: True,
            tls=tls.context(ca_file),
            timeout_s=60,
        )

    with running_smtp(office, starttls=own) as post:
        assert send(certificate_of(protected)).reply.startswith("250")
        with pytest.raises(smtp.Postponed, match="CERTIFICATE_VERIFY_FAILED"):
            send(None)
        assert len(post.taken) == 1
    with running_smtp(office) as post:
        # Somebody on the way has cut the offer of TLS out.
        with pytest.raises(smtp.Postponed, match="STARTTLS"):
            send(certificate_of(protected))
        assert post.taken == []
