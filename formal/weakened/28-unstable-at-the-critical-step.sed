# file: Steps.v
# refused in: T1b_steps_unstable
# the critical step itself: the slope is -1 there
/^Theorem T1b_steps_unstable/,/^Proof/s/critical_step I mu_star < eta/critical_step I mu_star <= eta/
