# file: Bounded.v
# refused in: T1b_iff
# d_star < d_max alone, without d_min < d_star
/^Theorem T1b_iff/,/^Proof/s/d_min I < d_star < d_max I/d_min I <= d_star < d_max I/
