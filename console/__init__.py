"""The console: the face of CareLoop for agents, nurses, the complaint office, managers and operations.

A downstream app (docs/adr/0031): it calls the services over HTTP as the person who is signed in, with a token of five
minutes that names them, so that each service decides what they may see and records who looked. It has no decider, no
database and no keys of a service. Who may sign in is contacts' `staff` definition, which it reads from Kafka.

`app` builds the application, `signing_in` lets people in, `roles` says what each role may do, `backend` calls the
services, `pages` renders. A screen is a folder in `screens/` with one `Screen` declaration; `ui/` holds the parts that
screens share, `locale/` every text in Chinese and English.
"""
