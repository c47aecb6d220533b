"""The ticket of a queue system as a request body."""

from services.his_adapter.formats.queues import ticket
from shared.http import Body


class Ticket(Body, ticket.Ticket):
    """The times of one ticket so far; send the ticket again when it has more.

    `number` identifies the patient; `kind` and `authority` are its type and assigning authority as in HL7 v2 (table
    0203, CX-4).
    """
