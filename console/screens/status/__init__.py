"""Whether the system is well: its processes, what lags, checks, and rebuilds of read models."""

from console.roles import roles_with
from console.screen import Screen

SCREEN = Screen("status", "/status", roles_with("ops:read"), purpose="HSYSADMIN")
OPERATES = roles_with("ops:write")
