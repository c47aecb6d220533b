"""Keys of identifiers: which name one person, which several may share, and which name nobody."""

from datetime import date

from services.contacts.identifying.definitions import Identity
from services.contacts.identifying.placeholders import no_email
from services.contacts.registry.identifiers import Described, IdentityKeys
from shared.contracts.contacts import KnownIdentifier
from shared.contracts.facts import Details, Identifier

TODAY = date(2026, 3, 9)
KEYS = IdentityKeys(
    b"k" * 32, Identity(id="default", version=1, area_code="010", nobody=("甲乙丙", "13912345678", "1970-01-01"))
)


def test_only_a_real_birth_date_makes_an_adult() -> None:
    ages = [date(1956, 4, 12), date(2008, 3, 9), date(2008, 3, 10), date(1900, 1, 1), None]
    assert [KEYS.traits(Details(birth_date=born), (), TODAY).adult for born in ages] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_hospital_says_from_which_age_on_somebody_is_an_adult() -> None:
    keys = IdentityKeys(b"k" * 32, Identity(id="default", version=1, adult_years=21))
    ages = [date(2005, 3, 9), date(2005, 3, 10)]
    assert [keys.traits(Details(birth_date=born), (), TODAY).adult for born in ages] == [True, False]


def test_an_id_on_a_server_may_be_any_word() -> None:
    assert [bool(KEYS.number(f"{kind}:CITY", "demo", TODAY)) for kind in ("FHIR", "MRN")] == [True, False]


def test_addresses_are_compared_in_small_letters_and_fillers_reach_nobody() -> None:
    assert KEYS.emails([" W@X.Example "]) == KEYS.emails(["w@x.example"]) == KEYS.emails(["ｗ＠x.example"])
    assert KEYS.emails(["none@none.com", "test@test.com", "a***@x.example", "无"]) == ()
    assert not no_email("w@x.example")


def test_a_search_looks_under_every_key_a_number_has() -> None:
    number = KEYS.number("NI:MPS", "110105491231002", TODAY)
    assert number
    assert set(KEYS.searched("NI:MPS", "110105491231002", TODAY)) == {number.key, number.national}
    assert KEYS.searched("national-id", "11010519491231002x", TODAY)[-1] == number.national
    assert KEYS.searched("phone", "+86 138 0013 8000", TODAY) == KEYS.phones(["13800138000"])
    assert KEYS.searched("Phone", "138****8000", TODAY) == ()


def caller(*identifiers: tuple[str, str], name: str | None = None) -> Described:
    return KEYS.of_caller([KnownIdentifier(system=system, value=value) for system, value in identifiers], name, TODAY)


def test_a_phone_and_an_address_may_be_shared_and_every_other_number_names_one_person() -> None:
    described = caller(("Phone", "13800138000"), ("EMAIL", "w@x.example"), ("card", "C-100"), name="王秀英")
    card = KEYS.number("card", "C-100", TODAY)
    assert card is not None
    assert described["phones"] == (*KEYS.phones(["13800138000"]), *KEYS.emails(["w@x.example"]))
    assert (described["strong"], described["records"]) == (card.keys, ())
    assert described["traits"].name_key == KEYS.name("王秀英")


def test_of_several_addresses_the_first_counts_and_a_placeholder_names_nobody() -> None:
    described = caller(("email", "w@x.example"), ("email", "v@x.example"), ("MRN:CITY", "demo"))
    assert (described["phones"], described["strong"]) == (KEYS.emails(["w@x.example"]), ())


def test_of_a_patient_the_numbers_of_another_record_are_left_out() -> None:
    own, other = (Identifier(system="MRN:CITY", key=key, value=key) for key in ("100234", "100235"))
    details = Details(identifiers=(own, other), phones=("13800138000",))
    assert KEYS.of_patient(details, TODAY)["records"] == ("100234", "100235")
    described = KEYS.of_patient(details, TODAY, {"100235"})
    assert (described["strong"], described["records"]) == (("100234",), ("100234",))
