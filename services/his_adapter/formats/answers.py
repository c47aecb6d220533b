"""Response model of pushed messages."""

from shared.answers import Answer


class TicketTaken(Answer):
    """The ticket is stored; `message_id` as in `GET /v1/messages`."""

    message_id: str
