"""A hospital system for a laptop: speaks HL7 v2 over MLLP by another library than ours, so that both are checked.

It has clinics, beds, bills and a few patients, answers what CareLoop asks, and reports what was booked (SIU).
It is a stand-in for demos and tests: nothing of it outlives the process, and no service knows of it.
"""
