"""What could not be read or decided: each with its reason, to be repaired and sent again."""

from console.roles import roles_with
from console.screen import Screen

SCREEN = Screen("dead_letters", "/dead-letters", roles_with("ops:read"), purpose="HSYSADMIN")
REDRIVES = roles_with("ops:write")
