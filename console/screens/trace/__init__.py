"""What caused something, and what it caused: the tree of an id, for whoever operates the system."""

from console.roles import roles_with
from console.screen import Screen

SCREEN = Screen("trace", "/trace", roles_with("ops:read"), purpose="HSYSADMIN")
