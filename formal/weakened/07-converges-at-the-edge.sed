# file: Bounded.v
# refused in: T1b_converges
# d_star = d_max = d_min admitted: mu stays where it starts
/^Theorem T1b_converges/,/^Proof/s/d_min I < d_star < d_max I/d_min I <= d_star <= d_max I/
