"""ZT64x: proofs that are looked for again. `ztix prove --all` finds them; here are the docs.

Law: no search functions, only what `ztix explain` tells.
"""

from __future__ import annotations

from ztix.diagnostics import Severity
from ztix.rules.registry import Docs, Rule, enter

enter(
    Rule(
        "ZT640",
        "a proof can be looked for",
        Severity.NOTE,
        Docs(
            what="PeeringDB, the registry, the name servers or the website answer when a member's proof is "
            "looked for again.",
            why="No answer is not the answer that the proof is gone: nobody is suspended for an outage.",
            wrong="the registry answers 503",
            right="the registry answers with the aut-num",
            remedy="Run `ztix prove --all` again later.",
        ),
    )
)
enter(
    Rule(
        "ZT641",
        "a member's proof stays published",
        Severity.WARNING,
        Docs(
            what="At least one of the proofs by which a member showed that the AS number is its own still "
            "holds.",
            why="A token that vanished may mean that the record has another editor, or the number another "
            "holder; more often somebody tidied up.",
            wrong="notes: We peer openly.",
            right="notes: We peer openly. ztix-verify=…",
            remedy="Ask the member to publish it again; `ztix prove AS64500` has the text.",
        ),
    )
)
enter(
    Rule(
        "ZT642",
        "a member without a proof is suspended in time",
        Severity.WARNING,
        Docs(
            what="No member stays active whose proofs have all been lost for `suspend_after_days` of "
            "policy/admission.yaml.",
            why="A number that somebody else holds by now would go on to be announced under the old name. "
            "Only a merge suspends, so that a person has looked.",
            wrong="status: active      # without a proof for 30 days",
            right="status: suspended",
            remedy="Merge the suspension that `ztix prove --propose` writes, or see to it that the proof "
            "returns.",
        ),
    )
)
enter(
    Rule(
        "ZT643",
        "a member's network stays with its organisation",
        Severity.WARNING,
        Docs(
            what="PeeringDB names the organisation for the network that it named when the member proved it.",
            why="AS numbers are handed on, and records with all their notes come back under a new owner: a "
            "token of the former one would prove nothing about the new one.",
            wrong="org_id: 900      # 7 when it was proven",
            right="org_id: 7",
            remedy="Ask for a new proof, by another account or method; `ztix prove --all --accept AS64500` "
            "takes the old one, once a person has looked.",
        ),
    )
)
