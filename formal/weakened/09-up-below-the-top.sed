# file: Bounded.v
# refused in: T1b_up
# d_min < d_star in place of d_max <= d_star
/^Theorem T1b_up/,/^Proof/s/d_max I <= d_star/d_min I < d_star/
