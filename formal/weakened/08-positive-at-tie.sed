# file: Bounded.v
# refused in: T1b_positive
# d_star = F(0) admitted: then mu = 0 for ever
/^Theorem T1b_positive/,/^Proof/s/F I 0 < d_star/F I 0 <= d_star/
