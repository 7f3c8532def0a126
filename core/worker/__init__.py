"""The worker: a long-lived process with torch that serves programs which cannot load it, such as GIMP.

`endpoint` is its address, `messages` the protocol, `memory` the shared memory for pixels, `session` one connection,
`server` the listener; `requests` dispatches to the handlers.
"""
