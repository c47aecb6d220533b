"""Users and roles: who works here as contacts' definitions have them, what their roles allow, sessions and locks.

Managers see who may do what; administrators also end sessions and lift locks. Who somebody is, and as what, is edited
as a definition (`careloop definitions apply`), where each change has a version, an author and a time; not here.
"""

from console.roles import Role, roles_with
from console.screen import Screen

OVERSEES = roles_with("contacts:sessions")
"""Who sees and ends sessions of others, and lifts locks."""
MANAGERS: frozenset[Role] = frozenset({"manager"})
SCREEN = Screen("users", "/users", OVERSEES | MANAGERS, keys="u", filters=("role", "department", "locked", "sort"))
