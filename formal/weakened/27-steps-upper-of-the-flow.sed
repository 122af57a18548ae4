# file: Steps.v
# refused in: T1a_steps
# the upper bound of the flow, eta b_hi in place of e^{eta b_hi} - 1
/^Theorem T1a_steps m/,/^Proof/s/\(exp \(eta \* b_hi I\) - 1\)/(eta * b_hi I)/
