"""Read what does not push: FHIR servers (`fhir/`), drop folders and databases (`tables/`).

`loop.py` polls sources, each in a task of its own, in the one process that is assigned a partition; `bootstrap.py` says
which sources. `sources.py` lists those of definitions, `progress.py` stores how far each was read, `projections.py` and
`api.py` show it.
"""
