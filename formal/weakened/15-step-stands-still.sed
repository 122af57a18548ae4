# file: Superposition.v
# refused in: T2
# support N_c in place of N_{c+1}
/^Theorem T2 /,/^Proof/s/N G r \(S c\)/N G r c/
