"""TLS as a client: for Kafka, and for the databases of hospitals."""

import ssl

from shared.settings_kafka import ClientTls


class UnusableTls(ValueError):
    """A configured file is no certificate or key; the text names the setting."""


def client_context(tls: ClientTls) -> ssl.SSLContext:
    """Verifies the server's certificate and host name, and presents ours if there is one. Raises `UnusableTls`."""
    try:
        context = ssl.create_default_context(cafile=tls.ca_file)
    except OSError as error:  # an SSLError too; neither says which file
        raise UnusableTls(f"{tls.setting('ca_file')}: {tls.ca_file} holds no certificates in PEM: {error}") from error
    if tls.cert_file and tls.key_file:
        password = tls.key_password.get_secret_value() if tls.key_password else ""  # None would ask at the terminal
        try:
            context.load_cert_chain(tls.cert_file, tls.key_file, password)
        except (OSError, ValueError) as error:
            files = f"{tls.setting('cert_file')} {tls.cert_file} and {tls.setting('key_file')} {tls.key_file}"
            raise UnusableTls(
                f"{files} are no pair in PEM that {tls.setting('key_password')} opens: {error}"
            ) from error
    return context
