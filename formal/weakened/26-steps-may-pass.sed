# file: Steps.v
# refused in: T1b_steps_monotone
# eta L <= 2: steps pass mu_star
/^Theorem T1b_steps_monotone/,/^Proof/s/sharpness I <= 1/sharpness I <= 2/
