"""What keeps a member's node from exchanging routes: the chain from its file to its prefixes, as a table.

Law: pure. Diagnoses stand in the order of the chain, and the first that holds is told: what is wrong, whose
turn it is, and the exact command.
"""

from ztix.diagnosis.facts import STEPS, NodeFacts, SessionFacts
from ztix.diagnosis.page import page
from ztix.diagnosis.table import TABLE, Diagnosis, Found, diagnose

__all__ = ["STEPS", "TABLE", "Diagnosis", "Found", "NodeFacts", "SessionFacts", "diagnose", "page"]
