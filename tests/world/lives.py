"""Random sequences of inputs about a few humans, each in an order that is possible in reality.

Each human has one or two record numbers; what is said comes as HL7 v2, is sometimes sent again, and meets a world that
is not at rest. Everything follows from the world's own random numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.world.machine import World
from tests.world.promises import broken
from tests.world.story import story

PURPOSES = ("survey", "survey", "care", "marketing")
"""`survey` is drawn twice as often: errors often need the same purpose twice."""
MIN_EVENTS, MAX_EVENTS = 4, 20
"""Number of events in a life: many bugs need few, some need many."""


@dataclass
class Patient:
    """A patient of the simulated hospital. `stays`: visit number → whether the stay still goes on."""

    number: str
    name: str
    phone: str
    mail: str = ""
    stays: dict[str, bool] = field(default_factory=dict)
    dead: bool = False


@dataclass
class RandomLife:
    """Plays random inputs about two humans, the first with two patient numbers. `sent`: messages sent so far."""

    world: World
    records: list[Patient] = field(
        default_factory=lambda: [
            Patient("A1", "王^秀英", "13800138000", "a1@x.example"),
            Patient("A2", "王^秀莲", "13700137000"),
            Patient("B1", "张^伟", "13900139000", "b1@x.example"),
        ]
    )
    sent: list[str] = field(default_factory=list)
    count: int = 0

    def live(self, events: int) -> World:
        """Let `events` random events happen, with a few turns of the world in between; then 30 days pass."""
        random, world = self.world.random, self.world
        for record in self.records:
            self.say(record, "A31")
        for _ in range(events):
            world.run_steps(random.randint(0, 40))
            if random.random() < 0.3:
                world.until(world.now + timedelta(hours=random.choice([1, 6, 30])))
            world.now += timedelta(minutes=random.randint(1, 90))
            random.choice(HAPPENINGS)(self, random.choice(self.records))
        return world.until(world.now + timedelta(days=30))

    def say(self, record: Patient, event: str, stay: str = "", death: str = "", more: str = "") -> None:
        """Send an HL7 message about a record, dated now."""
        self.count += 1
        self.send(message(self.world.now, f"C{self.count}", record, event, stay, death, more))

    def send(self, text: str) -> None:
        """Send an HL7 message and remember it."""
        self.sent.append(text)
        self.world.hl7(text)


def played(seed: int, faults: float) -> str:
    """Play the life of a seed; returns its story if it broke a promise, else ""."""
    world = World(seed, faults=faults, transactions=seed % 3 > 0)
    RandomLife(world).live(world.random.randint(MIN_EVENTS, MAX_EVENTS))
    wrong = broken(world)
    return story(world, wrong) if wrong else ""


def message(at: datetime, id: str, record: Patient, event: str, stay: str, death: str, more: str) -> str:
    """An HL7 v2 message about a record."""
    now = f"{at:%Y%m%d%H%M%S}"
    mail = f"~^NET^Internet^{record.mail}" if record.mail else ""
    dead = "|" * 15 + death if death else ""
    lines = [
        rf"MSH|^~\&|HIS|CITY|CL|CITY|{now}||{event if '^' in event else f'ADT^{event}'}|{id}|P|2.5",
        f"EVN|{event.rpartition('^')[2]}|{now}",
        f"PID|1||{record.number}^^^CITY-HOSPITAL^MR||{record.name}||19560412|F|||"
        f"建国路1号^^北京||{record.phone}{mail}||zh{dead}",
    ]
    lines += [f"PV1|1|I|CARD^201^1||||D017^李^明|||CARD|||||||||{stay}"] if stay else []
    return "\r".join([*lines, *([more] if more else [])])


def admitted(life: RandomLife, record: Patient) -> None:
    """Begin a stay."""
    stay = f"V{life.count}{record.number}"
    record.stays[stay] = True
    life.say(record, "A01", stay)


def discharged(life: RandomLife, record: Patient) -> None:
    """End a stay; sometimes one whose admission was never reported."""
    open_stays = [stay for stay, goes_on in record.stays.items() if goes_on]
    stay = open_stays[0] if open_stays else f"V{life.count}{record.number}"
    record.stays[stay] = False
    life.say(record, "A03", stay)


def undone(life: RandomLife, record: Patient) -> None:
    """Cancel the end of a stay (A13)."""
    if ended := [stay for stay, goes_on in record.stays.items() if not goes_on]:
        record.stays[ended[-1]] = True
        life.say(record, "A13", ended[-1])


def not_admitted(life: RandomLife, record: Patient) -> None:
    """Cancel the admission of an open stay (A11): it was recorded for the wrong patient."""
    if open_stays := [stay for stay, goes_on in record.stays.items() if goes_on]:
        del record.stays[open_stays[-1]]
        life.say(record, "A11", open_stays[-1])


def charged(life: RandomLife, record: Patient) -> None:
    """Post a charge."""
    charge = f"FT1|1|{life.count}|||{life.world.now:%Y%m%d%H%M}|CG|8001^床位费||||1|50"
    life.say(record, "DFT^P03", more=charge)


def called(life: RandomLife, record: Patient) -> None:
    """Report a call from the record's phone."""
    life.world.touch(phone=record.phone, name=record.name.replace("^", ""))


def consented(life: RandomLife, record: Patient) -> None:
    """Record a random consent or refusal."""
    random = life.world.random
    person = life.world.person_of(record.number)
    if person:
        life.world.consent(person, random.choice(PURPOSES), random.random() < 0.4)


def died(life: RandomLife, record: Patient) -> None:
    """Report a death, or take it back."""
    record.dead = not record.dead
    life.say(record, "A08", death="Y" if record.dead else "N")


def linked(life: RandomLife, record: Patient) -> None:
    """Report that two record numbers are linked, or unlinked."""
    other = life.world.random.choice([other for other in life.records if other is not record])
    life.count += 1
    now, event = f"{life.world.now:%Y%m%d%H%M%S}", life.world.random.choice(["A24", "A37"])
    head = rf"MSH|^~\&|HIS|CITY|CL|CITY|{now}||ADT^{event}|C{life.count}|P|2.5"
    pids = [f"PID|{n}||{each.number}^^^CITY-HOSPITAL^MR" for n, each in ((1, record), (2, other))]
    life.send("\r".join([head, f"EVN|{event}|{now}", *pids]))


def resent(life: RandomLife, record: Patient) -> None:
    """Send some of the last messages again, in order, as an interface engine does after a restart."""
    for text in life.sent[-life.world.random.randint(1, 12) :]:
        life.world.hl7(text)


Happening = Callable[[RandomLife, Patient], None]
HAPPENINGS: tuple[Happening, ...] = (
    admitted,
    not_admitted,
    discharged,
    discharged,
    undone,
    charged,
    called,
    consented,
    died,
    linked,
    resent,
)
