"""The gateway: one address for every service, the API for operators and the console.

`careloop up` runs it in its own process, `careloop gateway` anywhere else; with `patients` it passes on nothing but
what patients and platforms reach from outside.
"""
