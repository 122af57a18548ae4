# file: Comparable.v
# refused in: T2_small
# N_{c+1} = N_c and all of N_{c+1} interchanged: in_N for in_next in the conclusion
/^Theorem T2_small/,/^Proof/s/in_next I v = true -> in_N I v = true/in_N I v = true -> in_next I v = true/
