"""A typed client of CareLoop's HTTP APIs: what an integrator, the console and the flow tests call.

It needs httpx and pydantic, nothing of the services. `calling.py` is written by hand; all else is generated from the
OpenAPI documents (`careloop contracts`, docs/adr/0029).

    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url="https://careloop.example", headers=headers) as http:
        case = await CareLoop(http).complaints.get_case(case_id)
"""

from careloop_client.calling import NotDecidedYet, ProblemAnswered, every
from careloop_client.careloop import CareLoop

__all__ = ["CareLoop", "NotDecidedYet", "ProblemAnswered", "every"]
