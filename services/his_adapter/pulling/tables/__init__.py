"""Tables of the hospital: files of a drop folder (`folder.py`), and views in a database (`database.py`)."""
