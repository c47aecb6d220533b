"""FHIR R4 in: resources → facts and directory entries, over subscriptions, bundles and bulk export.

`families.py` says which resource means what. A resource is validated (`resource.py`) before it is stored, and every
reference in it names its target (`bundle.py`), so that each can be read alone.
"""
