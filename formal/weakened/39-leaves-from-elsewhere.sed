# file: Logarithm.v
# refused in: T1b_up_start
# the constant of the start 0, whatever the start
/^Theorem T1b_up_start/,/^Proof/s/leave_hi_from I \(mu 0\)/leave_hi_from I 0/
