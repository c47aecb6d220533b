"""followup contacts patients after a visit: plans, reminders, surveys.

In:  contacts' person facts (a discharge enrols, a readmission or death stops), answers from the survey page.
Out: `careloop.followup.events.v1`: enrolments, tasks, reminders and surveys that are due, answers. notify and
complaints consume them.
Owns: enrolments and tasks per person, `plan` and `survey` definitions, the survey page.
"""
