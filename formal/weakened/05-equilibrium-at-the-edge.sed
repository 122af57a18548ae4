# file: Bounded.v
# refused in: T1b_equilibrium
# d_min <= d_star in place of <
/^Theorem T1b_equilibrium/,/^Proof/s/d_min I < d_star/d_min I <= d_star/
