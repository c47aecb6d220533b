"""What `careloop contracts` writes into `docs/reference`: AsyncAPI, OpenAPI, schemas, routes, ASVS."""
