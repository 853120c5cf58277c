"""Parcels: only the centre opens them, under their very label."""

from dataclasses import replace
from uuid import UUID

import pytest
from usga_assessment.domain.hub.courier import CourierKey, MailUnreadable, is_proof, verifier_of
from usga_assessment.domain.hub.parcel import (
    OVERHEAD,
    Label,
    ParcelUnreadable,
    PublicSealingKey,
    SealingKey,
    open_parcel,
    seal_parcel,
)

HUB = UUID("018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e0f")
DEVICE = UUID("018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e11")
BODY = b'{"id":1}\n'
COURIER = CourierKey(bytes(range(32)))
KEY = SealingKey.of(bytes(range(32)))
LABEL = Label(
    hub=HUB, parcel=UUID(int=7), assessment="KE-MATHARE-2026", device=DEVICE, coding="gzip",
    key=KEY.public.id, proof=COURIER.proof(BODY),
)  # fmt: skip
#: Sealed by this implementation; any implementation of RFC 9180 opens it.
SEALED = bytes.fromhex(
    "5816c5684399454164d4a0f6c95bf1953eb0040138a417ee2637db8f1269157446f9afcc58213c71f38c2ea1d9183"
    "57b234e60af8812d4f30a"
)


class TestParcels:
    def test_only_the_private_key_opens_one_H16(self) -> None:
        sealed = seal_parcel(BODY, LABEL, KEY.public)
        assert len(sealed) == len(BODY) + OVERHEAD
        assert BODY not in sealed
        assert open_parcel(sealed, LABEL, KEY) == BODY
        other = SealingKey.of(bytes(range(1, 33)))
        with pytest.raises(ParcelUnreadable):
            open_parcel(sealed, LABEL, other)

    def test_each_has_an_ephemeral_key_of_its_own_H16(self) -> None:
        made = {seal_parcel(BODY, LABEL, KEY.public)[:32] for _ in range(3)}
        assert len(made) == 3

    def test_what_was_sealed_before_still_opens_H16(self) -> None:
        parcel = UUID("018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e12")
        assert open_parcel(SEALED, replace(LABEL, parcel=parcel), KEY) == BODY

    @pytest.mark.parametrize(
        "changed",
        [
            {"hub": UUID(int=1)}, {"parcel": UUID(int=1)}, {"assessment": "KE-OTHER-2026"},
            {"device": UUID(int=1)}, {"coding": "zstd"}, {"key": "0" * 16}, {"proof": "x"},
        ],
    )  # fmt: skip
    def test_no_word_of_a_label_can_be_changed_H22(self, changed: dict[str, object]) -> None:
        sealed = seal_parcel(BODY, LABEL, KEY.public)
        with pytest.raises(ParcelUnreadable):
            open_parcel(sealed, replace(LABEL, **changed), KEY)  # type: ignore[arg-type]

    @pytest.mark.parametrize("cut", [0, 10, 47, -1])
    def test_a_changed_or_cut_parcel_does_not_open_H22(self, cut: int) -> None:
        sealed = seal_parcel(BODY, LABEL, KEY.public)
        with pytest.raises(ParcelUnreadable):
            open_parcel(sealed[:cut], LABEL, KEY)
        flipped = bytearray(sealed)
        flipped[cut] ^= 1
        with pytest.raises(ParcelUnreadable):
            open_parcel(bytes(flipped), LABEL, KEY)

    def test_a_key_is_named_by_its_hash_H16(self) -> None:
        assert KEY.public == PublicSealingKey("8a16bbafcf14d618", KEY.public.raw)


class TestCouriers:
    def test_vectors_of_the_protocol_H4(self) -> None:
        assert COURIER.text() == "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
        shown = COURIER.credential(HUB)
        assert shown == "usgac_2bzoMaaLYf6_JSl9EhCvaDso15eHy7vERbk6mfhK4Bg"
        kept = "9c4ab10a7dffc3dd84806267e10507e027bf6a2cd3cb4f83b67f4ebcf609d51d"
        assert verifier_of(shown) == kept
        assert COURIER.proof(BODY) == "qFjjQF213D9NNJndmxGPNaovsWJ12hoIpFM5Iz1zOfc"
        of_file = COURIER.file_proof(
            submission=UUID("018f6c2e-7b1a-7c3d-9e4f-5a6b7c8d9e12"), name="door-1.jpg",
            sha256="9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", size=4,
        )  # fmt: skip
        assert of_file == "4Oj5kUtom6XRkTALotFT0f35syXOWb7WQSGariMY9fs"

    def test_every_device_has_another_key_H4(self) -> None:
        keys = {CourierKey.derive(b"m" * 32, UUID(int=n)).secret for n in range(4)}
        assert len(keys) == 4
        assert CourierKey.derive(b"n" * 32, UUID(int=0)).secret not in keys

    def test_a_proof_is_of_one_body_by_one_tablet_H21(self) -> None:
        proof = COURIER.proof(BODY)
        assert is_proof(proof, COURIER, BODY)
        assert not is_proof(proof, COURIER, BODY + b"\n")
        assert not is_proof(proof, CourierKey(bytes(32)), BODY)

    def test_only_its_tablet_opens_a_mail_H31(self) -> None:
        sealed = COURIER.seal_mail(b"{}", DEVICE, bytes(12))
        assert COURIER.open_mail(sealed, DEVICE) == b"{}"
        for key, device, mail in (
            (CourierKey(bytes(32)), DEVICE, sealed),
            (COURIER, HUB, sealed),
            (COURIER, DEVICE, sealed[:-1]),
            (COURIER, DEVICE, b"\x02" + sealed[1:]),
        ):
            with pytest.raises(MailUnreadable):
                key.open_mail(mail, device)
