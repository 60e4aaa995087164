"""What outsiders read of an exchange: IX-F's list of members, targets, zones, a looking glass, a table.

Law: pure; each module makes the text of one form from values alone, byte for byte the same each time.
Only what is typed goes into a form that acts on what it reads; a member's name goes into IX-F's list and the
table, quoted as these ask. What policy does not say is refused, never guessed, and no record is told by half.
"""
