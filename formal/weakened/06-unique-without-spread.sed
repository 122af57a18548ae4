# file: Bounded.v
# refused in: T1b_unique
# d_min = d_max admitted: every point is an equilibrium
/^Theorem T1b_unique/,/^Proof/s/d_min I < d_max I/d_min I <= d_max I/
