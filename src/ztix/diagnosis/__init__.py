"""What keeps a member's node from exchanging routes, and what is wrong with the exchange itself, as tables.

Law: pure. A member's diagnoses stand in the order of the chain from its file to its prefixes, and the first
that holds is told; of the exchange each part is told: what is wrong, whose turn it is, and the exact command.
"""

from ztix.diagnosis.exchange_facts import (
    AREAS,
    Age,
    Area,
    ExchangeFacts,
    Files,
    Held,
    Part,
    Release,
    Room,
    Schema,
    Secret,
    Service,
    Tool,
    Watch,
)
from ztix.diagnosis.exchange_table import CHECKS, Row, check_up, exit_of
from ztix.diagnosis.facts import STEPS, NodeFacts, SessionFacts
from ztix.diagnosis.page import page
from ztix.diagnosis.table import TABLE, Diagnosis, Found, diagnose

__all__ = [
    "AREAS",
    "CHECKS",
    "STEPS",
    "TABLE",
    "Age",
    "Area",
    "Diagnosis",
    "ExchangeFacts",
    "Files",
    "Found",
    "Held",
    "NodeFacts",
    "Part",
    "Release",
    "Room",
    "Row",
    "Schema",
    "Secret",
    "Service",
    "SessionFacts",
    "Tool",
    "Watch",
    "check_up",
    "diagnose",
    "exit_of",
    "page",
]
