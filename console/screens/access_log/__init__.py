"""Who looked at whom, and emergency accesses with their review: for the privacy officer."""

from console.roles import roles_with
from console.screen import Screen

SCREEN = Screen("access_log", "/access-log", roles_with("contacts:privacy"), purpose="HCOMPL")
