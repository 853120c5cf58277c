"""The tablet derives what docs/protocol/hub.md says, by its own code."""

from base64 import b64decode

import pytest
from usga_tablet.couriers import Courier, MailRefused

KEY = Courier("AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
HUB = "018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e0f"
DEVICE = "018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e11"
MAIL = b64decode("AQAAAAAAAAAAAAAAACZ0I3lgO/OFHxUmHAQDbo8Cag==")


def test_vectors_of_the_protocol_at_the_tablet_H4() -> None:
    assert KEY.credential(HUB) == "usgac_2bzoMaaLYf6_JSl9EhCvaDso15eHy7vERbk6mfhK4Bg"
    assert KEY.proof(b'{"id":1}\n') == "qFjjQF213D9NNJndmxGPNaovsWJ12hoIpFM5Iz1zOfc"
    of_file = KEY.file_proof(
        submission="018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e12", name="door-1.jpg",
        sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", size=4,
    )  # fmt: skip
    assert of_file == "4Oj5kUtom6XRkTALotFT0f35syXOWb7WQSGariMY9fs"
    assert KEY.open_mail(MAIL, DEVICE) == b"{}"


@pytest.mark.parametrize(
    "mail", [b"", MAIL[:-1], b"\x02" + MAIL[1:], MAIL[:20] + b"x" + MAIL[21:]]
)
def test_a_mail_that_is_not_the_centres_is_refused_H31(mail: bytes) -> None:
    with pytest.raises(MailRefused):
        KEY.open_mail(mail, DEVICE)
    with pytest.raises(MailRefused):
        KEY.open_mail(MAIL, HUB)
