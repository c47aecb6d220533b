"""FHIR R4: resources → facts and directory entries; from subscriptions, bundles and bulk export.

`families.py` maps resource types to functions. A resource is validated (`resource.py`) before it is stored, and
references between bundle entries are resolved (`bundle.py`), so that each resource can be translated on its own.
"""
