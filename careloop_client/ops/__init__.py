"""ops over HTTP: `calls` and the `models` that they take and answer. Generated, as these are."""
