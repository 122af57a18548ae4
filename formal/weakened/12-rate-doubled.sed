# file: Bounded.v
# refused in: T1b_rate
# twice the rate
/^Theorem T1b_rate/,/^Proof/s/kappa I \* v\)/2 * (kappa I * v))/
