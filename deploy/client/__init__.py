"""Makes `careloop_client` from the OpenAPI documents: models by datamodel-code-generator, callers by a template."""

from deploy.client.generating import FOLDER, client_files, stale_client

__all__ = ["FOLDER", "client_files", "stale_client"]
