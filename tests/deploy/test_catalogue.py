"""What the catalogue is asked for and does not have is named in an error that says so."""

import pytest

from deploy.catalogue import load, mount_of, owner_of, unstarted


def test_a_collection_has_one_owner_and_an_unknown_one_is_named() -> None:
    assert owner_of("feeds").name == "his_adapter"
    with pytest.raises(LookupError, match="no service has a collection 'feed'"):
        owner_of("feed")


def test_a_service_that_there_is_not_has_neither_a_mount_nor_a_declaration() -> None:
    assert mount_of("his_adapter") == "his"
    with pytest.raises(KeyError, match="pharmacy"):
        mount_of("pharmacy")
    with pytest.raises(KeyError, match="choose from"):
        load("pharmacy", unstarted())
