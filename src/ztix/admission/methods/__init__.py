"""The ways to prove that the author holds the ASN or the node, one file each.

Law: pure.
"""
