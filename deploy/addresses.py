"""Where the processes of a system answer, each under its own name."""

from shared.settings_group import Group


class Addresses(Group):
    """`address`: in it `{process}` stands for `contacts-api`, `his-adapter-intake`, `console` …."""

    address: str = "https://{process}:8080"

    def url_of(self, process: str) -> str:
        """The URL of a process."""
        return self.address.replace("{process}", process)
