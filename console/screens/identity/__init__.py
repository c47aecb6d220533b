"""Who is who: inputs that fit several people, and records that may be one human, the oldest first.

A registrar sees the candidates side by side with what agrees and what contradicts, decides, and gets the next one.
"""

from console.roles import roles_with
from console.screen import Screen

SCREEN = Screen("identity", "/identity", roles_with("contacts:identity"))
