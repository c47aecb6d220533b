"""The broker's disk is full: nobody is told yes, and nothing is lost or doubled once there is room again."""

import asyncio
import os
from pathlib import Path

import pytest

from deploy.demo.director import Director
from tests.flows.conftest import directing
from tests.support.kafka import kafka_server
from tests.support.promise import read_log
from tests.support.storm import PatientGroup
from tests.support.systems import Patient, discharged, running


async def acknowledged(director: Director, patient: Patient) -> bool:
    """Whether his_adapter says yes to an admission."""
    try:
        return "MSA|AA" in await director.mllp(patient.says("ADT^A01", "FULL", director.clock()))
    except (OSError, asyncio.IncompleteReadError, TimeoutError):
        return False


@pytest.mark.skipif(os.environ.get("CARELOOP_CHAOS") != "full", reason="`make chaos` runs it")
async def test_a_full_disk_gets_no_positive_acknowledgement_and_costs_nobody(tmp_path: Path) -> None:
    async with kafka_server(tmp_path / "kafka") as server:
        async with running(tmp_path / "up", kafka=server.address) as system, directing(system) as director:
            before, ward = Patient.new(), PatientGroup(director, 3)
            await discharged(director, before)
            server.fill_disk()
            assert not await acknowledged(director, Patient.new())
            await server.gone()  # Kafka ends when its last log directory fails
            await server.start()
            await ward.discharge()
            await director.rest(180)
            for patient in [before, *ward.patients]:
                [person] = await director.find(patient.identifier)
                view = (await director.careloop.contacts.view_person(person.person_id)).data
                assert view.counts["PatientDischarged"] == 1
            log = await read_log(system.settings)
            assert (log.doubled, log.gaps, log.forked) == ([], [], [])
