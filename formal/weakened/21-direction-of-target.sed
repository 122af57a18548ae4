# file: Answer.v
# refused in: T3_unit_norm
# the target's weight in place of the largest other one
/^Theorem T3_unit_norm/,/^Proof/s/p_infty \(lambda top\)/p_infty lambda_star/
