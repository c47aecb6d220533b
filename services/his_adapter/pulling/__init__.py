"""Read what does not push: FHIR servers (`fhir/`), drop folders and databases (`tables/`).

`shared/polling.py` polls them, each in a task of its own, in the one process that is assigned a partition.
`sources.py` lists those of definitions, `progress.py` stores how far each was read, `projections.py` and `api.py` show
it; `bootstrap.py` says which function reads which kind.
"""
