# file: Comparable.v
# refused in: T2_small
# the implication turned round: then N_{c+1} may be larger than N_c
/^Theorem T2_small/,/^Proof/s/in_next I v = true -> in_N I v = true/in_N I v = true -> in_next I v = true/
