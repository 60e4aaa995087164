"""May this be merged: what a pull request changes, who may change it, and which proofs it brings.

Law: pure. What others say (PeeringDB, a registry, DNS, ssh-keygen, the forge) arrives as answers to
questions; policy, members and keys come from what is merged already, never from the pull request.
"""
