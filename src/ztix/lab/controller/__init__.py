"""A double of the ZeroTier One 1.14.1 controller: its HTTP API, its coercions, its files.

It exists so that every write of ztix can be tried without a network. The recorded transcripts in
`tests/contract/transcripts` are its specification; `docs/simulator.md` lists what it leaves out.

Records, addresses and rules are pure. `store`, `home`, `server` touch files, sockets and the clock.
Standard library only, so that it starts fast and runs wherever ztix runs.
"""
