"""The worker: a process with torch that lives between calls, and serves programs that cannot load it, such as GIMP.

`meeting` is where it is found, `messages` how it is spoken to, `memory` how pixels change hands, `session` one
connection, `server` all of them; `requests` and the modules it names do the work with the rest of core.
"""
