"""Generate the files of `docs/reference` (`careloop contracts`): AsyncAPI, OpenAPI, schemas, routes, problems, ASVS."""
