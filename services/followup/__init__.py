"""followup keeps in touch after a visit: plans, reminders, surveys.

In:  contacts' person facts (discharge enrols, readmission and death stop), answers from patients' pages.
Out: `careloop.followup.events.v1`: enrolments, tasks, what is due, answers. notify and complaints read them.
Owns: enrolments and tasks per person, `plan` and `survey` definitions, the survey page.
"""
